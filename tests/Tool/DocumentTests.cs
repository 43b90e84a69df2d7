using System.Text.RegularExpressions;

namespace KvmInterop.Tests.Tool;

/// <summary>docs/kvmgen.md shows what kvmgen really prints.</summary>
public partial class DocumentTests
{
    private static readonly string Text = File.ReadAllText(Repository.PathOf("docs/kvmgen.md"));

    public static TheoryData<string> Commands() =>
        [.. Blocks().Matches(Text).Select(block => block.Groups["command"].Value)];

    [SkippableTheory]
    [MemberData(nameof(Commands))]
    public void Document_example_isRealOutput(string command)
    {
        string[] arguments = [.. command.Split(' ').Select(word => word.Trim('\''))];
        if (arguments[0] == "diff")
        {
            Requires.LibClang();
            arguments[1] = Requires.Headers(arguments[1]);
        }

        string output = Run.Of(arguments).Output;

        // A tree has a path where the document has the release's name.
        output = output.Replace(Repository.HeadersOf("6.12"), "6.12", StringComparison.Ordinal);
        string expected = Blocks().Matches(Text).Single(block => block.Groups["command"].Value == command)
            .Groups["output"].Value;
        string pattern = Regex.Escape(expected).Replace(@"\.\.\.\n", "(?:.*\n)*", StringComparison.Ordinal);
        Assert.Matches($"^{pattern}$", output);
    }

    [Fact]
    public void Document_everyCommand_isThere()
    {
        string help = Run.Of("--help").Output;
        string[] commands =
            [.. Regex.Matches(help, "^  ([a-z]+) .*[.]", RegexOptions.Multiline).Select(m => m.Groups[1].Value)];
        Assert.Contains("diff", commands);
        Assert.All(commands, command => Assert.Matches($@"(?m)^\| \[?`{command} ?", Text));
    }

    [GeneratedRegex("^```console\n[$] kvmgen (?<command>.*)\n(?<output>(?:.*\n)*?)```$", RegexOptions.Multiline)]
    private static partial Regex Blocks();
}
