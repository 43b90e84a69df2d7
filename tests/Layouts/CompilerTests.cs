using System.Text;
using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Verify;

namespace KvmInterop.Tests.Layouts;

/// <summary>Every record, member, constant and request of the models, against C compilers.</summary>
public class CompilerTests
{
    // Debian's gcc for each architecture; it has none for loongarch64.
    private static readonly Dictionary<string, string> Gcc = new(StringComparer.Ordinal)
    {
        ["x64"] = "x86_64-linux-gnu-gcc",
        ["arm64"] = "aarch64-linux-gnu-gcc",
        ["riscv64"] = "riscv64-linux-gnu-gcc",
        ["s390x"] = "s390x-linux-gnu-gcc",
        ["ppc64le"] = "powerpc64le-linux-gnu-gcc",
        ["mips64"] = "mips64el-linux-gnuabi64-gcc",
    };

    public static IEnumerable<object[]> EveryTree =>
        from tree in Releases.Trees
        from compiler in CompilersOf(tree.Architecture)
        select new object[] { tree.Release, tree.Architecture, compiler };

    public static IEnumerable<object[]> DefaultRelease =>
        from architecture in ModelReader.Architectures
        from compiler in CompilersOf(architecture)
        select new object[] { architecture, compiler };

    [SkippableTheory]
    [MemberData(nameof(EveryTree))]
    public void FreshModel_everyAnswer_isTheCompilers(string release, string architecture, string compiler)
    {
        CompilerTarget target = Releases.Target(compiler, release, architecture);
        AssertSame(Releases.Fresh(release, architecture), target);
    }

    [SkippableTheory]
    [MemberData(nameof(DefaultRelease))]
    public void CommittedModel_everyAnswer_isTheCompilers(string architecture, string compiler)
    {
        CompilerTarget target = Releases.Target(compiler, Releases.Default, architecture);
        AssertSame(Releases.Committed(architecture), target);
    }

    /// <summary>What compilers are not asked, by name and reason: a new one has to be accepted.</summary>
    [Fact]
    public Task CommittedModels_whatCCannotBeAsked_isListed()
    {
        var text = new StringBuilder();
        foreach (string architecture in ModelReader.Architectures)
        {
            text.Append(architecture).Append('\n');
            var questions = Questions.Of(
                Releases.Committed(architecture), new CSpelling(new HashSet<string>(StringComparer.Ordinal)));
            foreach (IGrouping<string, NotComparable> group in questions.Silent.GroupBy(part => part.Reason))
            {
                text.Append("  ").Append(group.Key).Append('\n');
                text.AppendJoin("", group.Select(part => $"    {part.Subject}: {part.Aspect}\n"));
            }
        }

        return Verify(text.ToString()).UseDirectory("Snapshots");
    }

    private static IEnumerable<string> CompilersOf(string architecture) =>
        Gcc.TryGetValue(architecture, out string? gcc) ? ["clang-19", gcc] : ["clang-19"];

    private static void AssertSame(ApiDocument model, CompilerTarget target)
    {
        HeaderInventory inventory = HeaderInventory.Of(target);
        Verification verification = Verification.Complete(model, target, inventory);
        IReadOnlyList<Difference> differences = verification.Differences;
        Assert.True(differences.Count == 0, Report(differences));

        // At least a value and a type for each macro that has them: an empty probe would agree with anything.
        Assert.True(verification.Compared > inventory.Macros.Count, $"only {verification.Compared} compared");
    }

    private static string Report(IReadOnlyList<Difference> differences)
    {
        var text = new StringBuilder().Append(differences.Count).Append(" differences\n");
        return text.AppendJoin('\n', differences.Take(60).Select(d => d.ToString())).ToString();
    }
}
