using System.Diagnostics;

namespace KvmInterop.Tests.Testing;

/// <summary>A shell command with a deadline.</summary>
public static class Shell
{
    /// <summary>The exit code of a command that was stopped at its deadline.</summary>
    public const int TimedOut = 124;

    public static ShellOutcome Run(
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
            return new ShellOutcome(TimedOut, output.Result + errors.Result);
        }

        return new ShellOutcome(process.ExitCode, output.Result + errors.Result);
    }
}

/// <summary>How a command ended, and what it wrote to both of its outputs.</summary>
public sealed record ShellOutcome(int ExitCode, string Output);
