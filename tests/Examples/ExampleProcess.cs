using System.Diagnostics;
using System.Runtime.InteropServices;

namespace KvmInterop.Tests.Examples;

/// <summary>An example as a user runs it: its built program in a process of its own.</summary>
internal sealed partial class ExampleProcess : IDisposable
{
    // Only so that a hang fails a test; nothing is measured by it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly Process process;
    private Task<string>? errors;

    private ExampleProcess(Process process) => this.process = process;

    public StreamReader Output => process.StandardOutput;

    /// <summary>What the example reads; each write is there for it at once.</summary>
    public StreamWriter Input => process.StandardInput;

    /// <summary>
    /// The folder of an example's built program, of the configuration that these tests are.
    /// </summary>
    public static string FolderOf(string example)
    {
        string[] parts = AppContext.BaseDirectory.TrimEnd('/').Split('/');
        return Repository.PathOf($"examples/{example}/bin/{parts[^2]}/{parts[^1]}");
    }

    /// <summary>The program itself, there.</summary>
    public static string ProgramOf(string example) => Path.Combine(FolderOf(example), example);

    public static ExampleProcess Start(string example, params string[] arguments) =>
        StartProgram(ProgramOf(example), arguments);

    /// <summary>Starts a program, with its streams here.</summary>
    /// <remarks>
    /// What runs the tests may have been told to ignore signals, as nohup and background jobs of a shell are,
    /// and programs inherit that: they begin as on a terminal.
    /// </remarks>
    public static ExampleProcess StartProgram(string program, params string[] arguments)
    {
        ProcessStartInfo start = new("env", ["--default-signal=HUP,INT,QUIT,TERM", program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        Process process = Process.Start(start)!;
        process.StandardInput.AutoFlush = true;
        return new ExampleProcess(process);
    }

    /// <summary>
    /// The next line of standard error; <see cref="Finish"/> then has what comes after it.
    /// </summary>
    public async Task<string?> ReadErrorLineAsync() =>
        await process.StandardError.ReadLineAsync().WaitAsync(Patience);

    /// <summary>Runs to the end.</summary>
    public static async Task<Outcome> Run(string example, params string[] arguments)
    {
        using ExampleProcess process = Start(example, arguments);
        return await process.Finish();
    }

    /// <summary>
    /// What the process wrote (from where <see cref="Output"/> has been read to), and its exit code.
    /// </summary>
    public async Task<Outcome> Finish()
    {
        errors ??= process.StandardError.ReadToEndAsync();
        string output = await Output.ReadToEndAsync().WaitAsync(Patience);
        await process.WaitForExitAsync().WaitAsync(Patience);
        return new Outcome(process.ExitCode, output, await errors.WaitAsync(Patience));
    }

    /// <summary>As <see cref="Finish"/>, after the output was closed.</summary>
    public async Task<(int ExitCode, string Errors)> FinishWithoutOutput()
    {
        errors ??= process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patience);
        return (process.ExitCode, await errors.WaitAsync(Patience));
    }

    public void Send(PosixSignal signal)
    {
        int number = signal == PosixSignal.SIGINT ? 2 : 15;
        Assert.Equal(0, Kill(process.Id, number));
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}

internal sealed record Outcome(int ExitCode, string Output, string Errors);
