using System.Collections;
using System.Diagnostics;

namespace KvmInterop.Tests.Packages.Processes;

/// <summary>What a program said, and how it ended.</summary>
internal sealed record Outcome(int ExitCode, string Output)
{
    public Outcome Succeeded()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}:\n{Output}");
        return this;
    }

    /// <summary>The lines that have such a text, each once: MSBuild says errors twice.</summary>
    public IEnumerable<string> LinesWith(string text) => Output.Split('\n')
        .Where(line => line.Contains(text, StringComparison.Ordinal))
        .Select(line => line.Trim())
        .Distinct();
}

/// <summary>Runs programs as a user would from a shell, in an environment that is not the test's.</summary>
internal static class Dotnet
{
    public static Outcome Run(
        string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        Run("dotnet", folder, environment, arguments);

    public static Outcome Run(
        string program, string folder, IReadOnlyDictionary<string, string> environment, string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // `dotnet test` leaves the MSBuild that runs these tests in the environment.
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            string name = (string)variable.Key;
            if (name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)
                || name.StartsWith("VSTEST", StringComparison.OrdinalIgnoreCase))
            {
                start.Environment.Remove(name);
            }
        }

        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_SKIP_FIRST_TIME_EXPERIENCE"] = "1";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["MSBUILDTERMINALLOGGER"] = "off";
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + errors.Result;
        process.WaitForExit();
        return new Outcome(process.ExitCode, output);
    }
}
