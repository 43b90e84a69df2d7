using System.Text.RegularExpressions;
using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Browse;
using KvmInterop.HeaderScraper.Diff;
using KvmInterop.HeaderScraper.Headers;
using KvmInterop.HeaderScraper.Rendering;
using KvmInterop.HeaderScraper.Verify;

namespace KvmInterop.Tests.Tool;

/// <summary>Real kernels, against what C's own preprocessor says of their macros.</summary>
public class ReleaseDiffTests
{
    [SkippableTheory]
    [InlineData("6.12", "7.3", "x64")]
    [InlineData("6.12", "7.3", "arm64")]
    [InlineData("6.12", "7.3", "riscv64")]
    [InlineData("6.12", "7.3", "s390x")]
    [InlineData("6.12", "7.3", "ppc64le")]
    [InlineData("6.12", "7.3", "mips64")]
    [InlineData("6.12", "7.3", "loongarch64")]
    [InlineData("6.1", "7.3", "x64")]
    [InlineData("6.1", "6.12", "arm64")]
    public void Diff_releases_hasEveryMacroThatCameAndWent(string old, string @new, string architecture)
    {
        Requires.LibClang();
        ApiDocument before = Model(Requires.Headers(old), architecture);
        ApiDocument after = Model(Requires.Headers(@new), architecture);
        HashSet<string> oldNames = MacroNames(old, architecture);
        HashSet<string> newNames = MacroNames(@new, architecture);
        Change[] changes = [.. ModelDiff.Between(before, after).Where(IsMacro)];

        Assert.Equal(
            newNames.Except(oldNames).Except(Foreign(after)).Concat(Foreign(before).Intersect(Usable(after)))
                .Order(StringComparer.Ordinal),
            Names(changes, ChangeKind.Added).Order(StringComparer.Ordinal));
        Assert.Equal(
            oldNames.Except(newNames).Except(Foreign(before)).Concat(Foreign(after).Intersect(Usable(before)))
                .Order(StringComparer.Ordinal),
            Names(changes, ChangeKind.Removed).Order(StringComparer.Ordinal));
    }

    [SkippableFact]
    public Task Diff_6_12To7_3_breaks()
    {
        Requires.LibClang();
        Run run = Run.Of(
            "diff", Requires.Headers("6.12"), Requires.Headers("7.3"), "--format", "known");
        Assert.Equal((1, ""), (run.Code, run.Error));
        return Verify(run.Output[(run.Output.IndexOf('\n', StringComparison.Ordinal) + 1)..]);
    }

    [SkippableFact]
    public void Diff_releaseAgainstItsCommittedModels_isEmpty()
    {
        Requires.LibClang();
        Run run = Run.Of("diff", "7.3", Requires.Headers("7.3"));
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.EndsWith("\nNothing changed.\n", run.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Diff_architectureThatCame_isAddedAndBreaksNothing()
    {
        Requires.LibClang();
        string html = Run.Of("diff", Requires.Headers("6.1"), Requires.Headers("6.12")).Output;
        Assert.Matches(new Regex("^  architecture +loongarch64", RegexOptions.Multiline), html);
    }

    private static bool IsMacro(Change change) =>
        change.Subject is Subject.Constant or Subject.Ioctl or Subject.Function or Subject.Macro;

    private static IEnumerable<string> Names(Change[] changes, ChangeKind kind) =>
        changes.Where(change => change.Kind == kind).Select(change => change.Name);

    private static IEnumerable<string> Foreign(ApiDocument model) =>
        model.Skipped.Where(SkippedMacro.IsForeign).Select(macro => macro.Name);

    private static IEnumerable<string> Usable(ApiDocument model) =>
        MacroMeaning.Of(model).Select(macro => macro.Name);

    private static ApiDocument Model(string headers, string architecture) =>
        new ModelSources(Progress.None).Open(headers)[architecture];

    private static HashSet<string> MacroNames(string release, string architecture)
    {
        HeaderTreeArchitecture tree = HeaderTree.Open(Repository.HeadersOf(release))[architecture];
        CompilerTarget target = new(Requires.Tool("clang-19"), tree.Triplet, tree.IncludeFolders);
        return [.. HeaderInventory.Of(target).Macros.Select(macro => macro.Name)];
    }
}
