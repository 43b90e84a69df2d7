using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace KvmInterop.Tests.Examples.LinuxVm;

/// <summary>LinuxVm on a terminal, which script(1) makes: keys, the escape, and the mode afterwards.</summary>
public sealed partial class TerminalTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kvminterop-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public async Task Keys_goToTheGuestAsTheyAre()
    {
        // In raw mode neither Ctrl-C nor the line's end means anything; each key comes back as the next one.
        string output = await Converse("\u0003ab\u0001\u0001q");

        Assert.Contains("\u0004bc\u0002", output, StringComparison.Ordinal);
        Assert.Contains("code 0", output, StringComparison.Ordinal);
        AssertRestored(output);
    }

    [SkippableFact]
    public async Task Escape_x_leaves()
    {
        string output = await Converse("\u0001x");

        Assert.Contains("the machine was stopped", output, StringComparison.Ordinal);
        Assert.Contains("code 0", output, StringComparison.Ordinal);
        AssertRestored(output);
    }

    [SkippableFact]
    public async Task Escape_h_helps()
    {
        string output = await Converse("\u0001hq");

        Assert.Contains("Ctrl-A x       stop the machine and leave", output, StringComparison.Ordinal);
        AssertRestored(output);
    }

    [SkippableTheory]
    [InlineData(1, 129)] // SIGHUP
    [InlineData(2, 0)] // SIGINT
    [InlineData(3, 131)] // SIGQUIT
    [InlineData(15, 0)] // SIGTERM
    public async Task Signal_restoresTheTerminal(int signal, int code)
    {
        string output = await Converse("", signal);

        Assert.Contains($"code {code}", output, StringComparison.Ordinal);
        AssertRestored(output);
    }

    private static void AssertRestored(string output)
    {
        MatchCollection modes = Mode().Matches(output);
        Assert.Equal(2, modes.Count);
        Assert.Equal(modes[0].Groups[1].Value, modes[1].Groups[1].Value);
    }

    [GeneratedRegex(@"mode (\S+)")]
    private static partial Regex Mode();

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    // What the guest and the shell around the program print.
    private async Task<string> Converse(string keys, int signal = 0)
    {
        Requires.Kvm();
        Requires.Architecture(Architecture.X64);
        string script = Requires.Tool("script");
        string image = Path.Combine(folder, "image");
        File.WriteAllBytes(image, [.. RawGuest.Print("ready\n"), .. RawGuest.Echo()]);
        string program = ExampleProcess.ProgramOf("LinuxVm");
        string shell = Path.Combine(folder, "shell");
        File.WriteAllText(
            shell,
            $"""
            ulimit -c 0
            echo mode $(stty -g)
            sh -c 'echo process $$; exec {program} --raw 0x1000 --kernel {image}'
            echo code $?
            echo mode $(stty -g)

            """);
        using ExampleProcess process = ExampleProcess.StartProgram(script, "-qec", $"sh {shell}", "/dev/null");
        List<string> lines = [];
        int id = 0;
        do
        {
            string line = await process.Output.ReadLineAsync() ?? throw new EndOfStreamException(string.Join('\n', lines));
            lines.Add(line);
            if (line.StartsWith("process ", StringComparison.Ordinal))
            {
                id = int.Parse(line[8..], CultureInfo.InvariantCulture);
            }
        }
        while (!lines[^1].Contains("ready", StringComparison.Ordinal));
        if (signal != 0)
        {
            Assert.Equal(0, Kill(id, signal));
        }

        await process.Input.WriteAsync(keys);
        await process.Input.FlushAsync();
        return string.Join('\n', lines) + "\n" + (await process.Finish()).Output;
    }
}
