using System.CommandLine;
using System.Diagnostics;

namespace KvmInterop.Tests.Tool;

/// <summary>What a run of kvmgen left.</summary>
internal sealed record Run(int Code, string Output, string Error)
{
    /// <summary>In this process: the program without the operating system around it.</summary>
    public static Run Of(params string[] arguments)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = HeaderScraper.Commands.Kvmgen.Run(
            arguments, new InvocationConfiguration { Output = output, Error = error });
        return new Run(code, output.ToString(), error.ToString());
    }

    /// <summary>A process of its own, with its output in pipes.</summary>
    /// <param name="folder">Where it runs.</param>
    public static Run Process(string folder, params string[] arguments) =>
        Start(folder, Environment.ProcessPath!, ["exec", Program, .. arguments]);

    /// <summary>A process that has a terminal: <c>script</c> makes one, and both streams go there.</summary>
    public static Run OnTerminal(
        string folder, (string Name, string Value)[] environment, string arguments) =>
        Start(
            folder, Requires.Tool("script"),
            ["-qec", $"'{Environment.ProcessPath}' exec '{Program}' {arguments}", "/dev/null"], environment);

    public static Run Start(
        string folder, string program, string[] arguments, (string Name, string Value)[]? environment = null)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        using Process process = System.Diagnostics.Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Run(process.ExitCode, output, error.Result);
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "kvmgen.dll");
}
