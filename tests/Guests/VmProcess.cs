using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace KvmInterop.Tests.Guests;

/// <summary>A program that runs a guest: its output is what the guest prints, its input the keyboard.</summary>
internal sealed class VmProcess : IDisposable
{
    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly StringBuilder errors = new();
    private readonly Task readers;
    private readonly long begun = Stopwatch.GetTimestamp();
    private int seen;

    /// <param name="program">A file, or a program on the PATH.</param>
    /// <param name="arguments">Its arguments.</param>
    public VmProcess(string program, params IEnumerable<string> arguments)
    {
        process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        readers = Task.WhenAll(
            Collect(process.StandardOutput, output), Collect(process.StandardError, errors));
    }

    /// <summary>Starts a program on a terminal of 24 rows and 80 columns, of which the first line has the path.
    /// </summary>
    /// <param name="errors">A file for what the program itself says; beside it is made one for the shell.</param>
    /// <param name="command">The program and its arguments.</param>
    public static VmProcess OnATerminal(string errors, IEnumerable<string> command)
    {
        string shell = errors + ".sh";
        File.WriteAllText(
            shell,
            $"""
            stty rows 24 cols 80
            echo terminal at $(tty)
            exec {Quote(command)} 2> {errors}

            """);
        return new VmProcess("script", "-qec", $"sh {shell}", "/dev/null");
    }

    /// <summary>Words for a shell; nothing here has a quote in it.</summary>
    public static string Quote(IEnumerable<string> words) => string.Join(' ', words.Select(word => $"'{word}'"));

    /// <summary>What the guest printed until now.</summary>
    public string Output => Text(output);

    /// <summary>What the program itself said until now.</summary>
    public string Errors => Text(errors);

    /// <summary>The time since it was started.</summary>
    public TimeSpan Time => Stopwatch.GetElapsedTime(begun);

    /// <summary>Waits until the guest prints a text, behind the one that was waited for last.</summary>
    /// <exception cref="StalledException">It did not come in time.</exception>
    public void WaitFor(string text, TimeSpan patience)
    {
        bool found = SpinWait.SpinUntil(
            () =>
            {
                bool ended = readers.IsCompleted;
                int at = Output.IndexOf(text, seen, StringComparison.Ordinal);
                seen = at < 0 ? seen : at + text.Length;
                Thread.Sleep(at >= 0 || ended ? 0 : 50);
                return at >= 0 || ended;
            },
            patience);
        Assert.True(
            !readers.IsCompleted || Output.AsSpan(0, seen).EndsWith(text),
            $"ended without \"{text}\":\n{this}");
        if (!found)
        {
            throw new StalledException($"\"{text}\" did not come:\n{this}");
        }
    }

    /// <summary>What the guest prints until the end of the line, behind what was waited for last.</summary>
    /// <exception cref="StalledException">It did not come in time.</exception>
    public string ReadLine(TimeSpan patience)
    {
        int begin = seen;
        WaitFor("\n", patience);
        return Output[begin..(seen - 1)];
    }

    /// <summary>Types a line at the guest's console.</summary>
    public void Type(string line)
    {
        process.StandardInput.Write(line + "\n");
        process.StandardInput.Flush();
    }

    /// <summary>Bytes of memory that the program has from the host (VmRSS of proc(5)).</summary>
    public long ResidentBytes
    {
        get
        {
            const string Name = "VmRSS:";
            string line = File.ReadLines($"/proc/{process.Id}/status").First(
                each => each.StartsWith(Name, StringComparison.Ordinal));
            string[] words = line[Name.Length..].Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return 1024 * long.Parse(words[0], CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Sends one of the signals of <c>kill</c>.</summary>
    public void Signal(string name) => Process.Start("kill", ["-s", name, $"{process.Id}"]).WaitForExit();

    /// <summary>Waits for the program's end.</summary>
    /// <returns>Its exit code.</returns>
    /// <exception cref="StalledException">It did not end in time.</exception>
    public int WaitForExit(TimeSpan patience)
    {
        if (!process.WaitForExit(patience) || !readers.Wait(patience))
        {
            throw new StalledException($"it does not end:\n{this}");
        }

        return process.ExitCode;
    }

    public override string ToString() => $"{Output}\n{Errors}";

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }

        process.Dispose();
    }

    private static string Text(StringBuilder builder)
    {
        lock (builder)
        {
            return builder.ToString();
        }
    }

    // A guest's terminal has carriage returns before its line feeds.
    private static async Task Collect(StreamReader reader, StringBuilder builder)
    {
        char[] buffer = new char[4096];
        int count;
        while ((count = await reader.ReadAsync(buffer)) > 0)
        {
            lock (builder)
            {
                builder.Append(buffer.AsSpan(0, count)).Replace("\r", "");
            }
        }
    }
}
