using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using KvmInterop.HeaderScraper.Verify;

namespace KvmInterop.Tests.Layouts.Functions;

/// <summary>
/// What a C expression is on a machine that is not this one. Each becomes a function, which the optimizer
/// reduces to the constant that it returns; clang's intermediate code says it in one form for all targets. A
/// macro with a statement expression can be asked in no other way.
/// </summary>
internal static partial class ClangValues
{
    /// <summary>The values of expressions, converted to 64 bits, in their order.</summary>
    public static ulong[] Of(CompilerTarget target, IReadOnlyList<string> expressions)
    {
        var source = new StringBuilder();
        source.Append("#include <linux/kvm.h>\n#undef offsetof\n");
        source.Append("#define offsetof(type, member) __builtin_offsetof(type, member)\n");

        // The size and whether it is signed: what tells an int from a long and from unsigned ones.
        source.Append("#define TYPE(x) (sizeof(x) * 2 + ((__typeof__(x))-1 < (__typeof__(x))1))\n");
        for (int i = 0; i < expressions.Count; i++)
        {
            source.Append(CultureInfo.InvariantCulture, $"unsigned long long f{i}(void) {{ return");
            source.Append($" (unsigned long long)({expressions[i]}); }}\n");
        }

        string code = Compile(target, source.ToString());
        var values = new ulong?[expressions.Count];
        foreach (Match match in FunctionPattern().Matches(code))
        {
            int index = int.Parse(match.Groups["index"].ValueSpan, CultureInfo.InvariantCulture);
            values[index] = unchecked((ulong)long.Parse(
                match.Groups["value"].ValueSpan, CultureInfo.InvariantCulture));
        }

        int missing = Array.IndexOf(values, null);
        Assert.True(missing < 0, missing < 0 ? "" : $"C has no constant for {expressions[missing]}");
        return [.. values.Select(value => value!.Value)];
    }

    private static string Compile(CompilerTarget target, string source)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("kvm-functions-");
        try
        {
            string input = Path.Combine(folder.FullName, "calls.c");
            File.WriteAllText(input, source);
            string[] arguments =
            [
                "-target", target.Triplet, "-x", "c", "-std=gnu11", "-w", "-ffreestanding", "-nostdinc",
                "-O2",
                .. target.IncludeFolders.SelectMany(path => new[] { "-isystem", path }),
                "-S", "-emit-llvm", "-o", "-", input,
            ];
            var start = new ProcessStartInfo(target.Compiler, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string code = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, errors.Result);
            return code;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [GeneratedRegex(
        @"^define [^\n]*@f(?<index>\d+)\([^{]*\{\s*(?:\w+:\s*)?ret i64 (?<value>-?\d+)\s*\}",
        RegexOptions.Multiline)]
    private static partial Regex FunctionPattern();
}
