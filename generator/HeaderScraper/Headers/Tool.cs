using System.Diagnostics;

namespace KvmInterop.HeaderScraper.Headers;

/// <summary>What a program that ran to its end wrote.</summary>
internal sealed record ToolResult(int ExitCode, string Output);

/// <summary>A program of the machine.</summary>
internal static class Tool
{
    /// <summary>The program's path, looked up in the PATH, or null.</summary>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, name))
        .FirstOrDefault(File.Exists);

    /// <summary>The program's path.</summary>
    /// <param name="purpose">What it does for headers, as in "dpkg-deb, which unpacks headers, ...".</param>
    /// <exception cref="HeaderException">It is not there.</exception>
    public static string Require(string name, string purpose) => Find(name)
        ?? throw new HeaderException($"{name}, which {purpose}, is not here; {HeaderException.OwnTree}.");

    /// <summary>Runs it, and returns both its outputs as one text.</summary>
    public static ToolResult Run(string program, IEnumerable<string> arguments, string? aptConfig = null)
    {
        using Process process = Start(program, arguments, aptConfig);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new ToolResult(process.ExitCode, output + errors.Result);
    }

    /// <summary>Starts it with its outputs as streams.</summary>
    public static Process Start(string program, IEnumerable<string> arguments, string? aptConfig = null)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Their words are looked at.
        start.Environment["LC_ALL"] = "C";
        if (aptConfig is not null)
            start.Environment["APT_CONFIG"] = aptConfig;
        Process process = Process.Start(start)
            ?? throw new HeaderException($"{program} could not be started; check that it is installed.");
        process.StandardInput.Close();
        return process;
    }
}
