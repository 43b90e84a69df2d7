using System.Diagnostics;

namespace KvmInterop.Tests.Benchmarks;

/// <summary>A program with its arguments and what is added to its environment.</summary>
internal sealed record ProcessCommand(
    string Program, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string>? Environment = null)
{
    /// <summary>Runs it to its end; an exit code but 0 is an error, with what it printed.</summary>
    /// <returns>What it wrote to its standard output.</returns>
    public string Execute()
    {
        var start = new ProcessStartInfo(Program, Arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in Environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(
                $"{Program} {string.Join(' ', Arguments)} failed: {output}{errors.Result}");
        }

        return output;
    }
}
