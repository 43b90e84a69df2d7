using System.Diagnostics;

namespace KvmInterop.Tests.Arm64;

/// <summary>A shell command with a deadline.</summary>
internal static class Shell
{
    /// <summary>The exit code of a command that was stopped at its deadline.</summary>
    public const int TimedOut = 124;

    public static Outcome Run(
        string script, TimeSpan patience, params (string Name, string Value)[] variables)
    {
        ProcessStartInfo start = new("bash", ["-c", script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };

        // What `dotnet test` tells its own children would make a build in the script take part in this one.
        foreach (string name in start.Environment.Keys.ToList())
        {
            if (name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)
                || name.StartsWith("VSTEST", StringComparison.OrdinalIgnoreCase))
            {
                start.Environment.Remove(name);
            }
        }

        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(patience))
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            return new Outcome(TimedOut, output.Result + errors.Result);
        }

        return new Outcome(process.ExitCode, output.Result + errors.Result);
    }
}

internal sealed record Outcome(int ExitCode, string Output);
