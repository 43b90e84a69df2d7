using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace KvmInterop.HeaderScraper.Verify;

/// <summary>One run of a compiler on a text of ours.</summary>
internal sealed partial record Compilation(bool Succeeded, byte[] Output, string Messages)
{
    /// <summary>Compiles to an object, whose data is read; nothing is run, so any target will do.</summary>
    public static Compilation ToObject(CompilerTarget target, string source) => Run(target, source, "-c");

    /// <summary>The preprocessed text, with line markers and with the definitions of macros.</summary>
    public static Compilation Preprocess(CompilerTarget target, string source) =>
        Run(target, source, "-E", "-dD");

    /// <summary>The first error of each line of the source.</summary>
    public Dictionary<int, string> ErrorsByLine()
    {
        var errors = new Dictionary<int, string>();
        foreach (Match match in ErrorPattern().Matches(Messages))
        {
            errors.TryAdd(
                int.Parse(match.Groups["line"].ValueSpan, CultureInfo.InvariantCulture),
                match.Groups["text"].Value);
        }

        return errors;
    }

    [GeneratedRegex(
        @"^[^\n]*\bprobe\.c:(?<line>\d+):(\d+:)? (fatal )?error: (?<text>[^\n]*)", RegexOptions.Multiline)]
    private static partial Regex ErrorPattern();

    private static Compilation Run(CompilerTarget target, string source, params string[] mode)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("kvmgen-verify-");
        try
        {
            string input = Path.Combine(folder.FullName, "probe.c");
            string output = Path.Combine(folder.FullName, "probe.out");
            File.WriteAllText(input, source);
            string[] arguments = [.. target.Arguments(), .. mode, input, "-o", output];
            using Process process = Start(target.Compiler, arguments);
            string messages = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return new Compilation(
                process.ExitCode == 0, File.Exists(output) ? File.ReadAllBytes(output) : [], messages);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Process Start(string compiler, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(compiler, arguments) { RedirectStandardError = true };
        // Messages are matched by their English words.
        start.Environment["LC_ALL"] = "C";
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new VerifyFailure($"{compiler} cannot be run ({e.Message}); name an installed C compiler.");
        }
    }
}
