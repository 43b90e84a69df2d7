using System.Text.RegularExpressions;

namespace KvmInterop.Tests.Documents;

/// <summary>CONTRIBUTING.md's rules that a program can check.</summary>
public sealed partial class SourceRulesTests
{
    [Fact]
    public void Source_everyFile_isAtMost400LinesLong()
    {
        var tooLong = Sources().Where(file => Lines(file).Length > 400);

        Assert.Empty(tooLong);
    }

    [Fact]
    public void Source_filesWithUnsafeBlocks_sayWhyTheyAreSafe()
    {
        var silent = Sources("runtime/", "generator/")
            .Where(file => UnsafeBlock().Count(Text(file)) > SafetyNote().Count(Text(file)));

        Assert.Empty(silent);
    }

    [Fact]
    public void Source_runtimeAndExamples_haveNoRequestNumberTypedByHand()
    {
        // 0xAE is KVMIO, the type byte of every KVM request.
        var typed = Sources("runtime/", "examples/").Where(file => RequestNumber().IsMatch(Text(file)));

        Assert.Empty(typed);
    }

    [Fact]
    public void Repository_headers_areNotTheKernels()
    {
        // Every header that the kernel exports carries this exception to its licence.
        var kernel = Repository.Files("*").Where(file => Path.GetExtension(file) is ".h" or ".json" or ".txt")
            .Where(file => Text(file).Contains("Linux-" + "syscall-note", StringComparison.Ordinal));

        Assert.Empty(kernel);
    }

    [Fact]
    public void Source_workLeftForLater_isNowhere()
    {
        Assert.DoesNotContain(Sources(), file => Unfinished().IsMatch(Text(file)));
    }

    private static IEnumerable<string> Sources(params string[] folders) => Repository
        .Files("*.cs")
        .Where(file => folders.Length == 0 || folders.Any(f => file.StartsWith(f, StringComparison.Ordinal)))
        .Where(file => file != "tests/Documents/SourceRulesTests.cs");

    private static string Text(string file) => File.ReadAllText(Repository.PathOf(file));

    private static string[] Lines(string file) => File.ReadAllLines(Repository.PathOf(file));

    [GeneratedRegex(@"^\s*(unsafe\s*$|unsafe\s*\{|fixed\s*\()", RegexOptions.Multiline)]
    private static partial Regex UnsafeBlock();

    [GeneratedRegex(@"// SAFETY:")]
    private static partial Regex SafetyNote();

    [GeneratedRegex(@"0x[0-9A-Fa-f]{0,4}AE[0-9A-Fa-f]{2}\b", RegexOptions.IgnoreCase)]
    private static partial Regex RequestNumber();

    [GeneratedRegex(@"NotImplementedException|\b(TODO|FIXME|HACK|XXX)\b|\[(Fact|Theory)\(Skip")]
    private static partial Regex Unfinished();
}
