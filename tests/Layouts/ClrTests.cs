using System.Reflection;
using System.Text;
using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Verify;
using KvmInterop.Tests.Layouts.Clr;

namespace KvmInterop.Tests.Layouts;

/// <summary>
/// Every record, member, constant and request, as the runtime has them. The models are what compilers say, by
/// <see cref="CompilerTests"/>, and so is what agrees with the models.
/// </summary>
public class ClrTests
{
    private const string Namespace = "KvmInterop.Native";

    [SkippableTheory]
    [InlineData("6.1")]
    [InlineData("6.12")]
    [InlineData("7.3")]
    public void BindingsOfAllArchitectures_everyMember_isTheModels(string release)
    {
        var trees = Releases.Trees.Where(tree => tree.Release == release);
        AssertSame(release, [.. trees.Select(tree => tree.Architecture)]);
    }

    [SkippableTheory]
    [InlineData("6.1", "x64")]
    [InlineData("7.3", "x64")]
    [InlineData("7.3", "s390x")]
    public void BindingsOfOneArchitecture_everyMember_isTheModels(string release, string architecture) =>
        AssertSame(release, [architecture]);

    /// <summary>The assembly that is shipped, in every architecture's namespace.</summary>
    [Fact]
    public void KvmInteropAssembly_everyMember_isTheCommittedModels() =>
        AssertSame(typeof(Kvm).Assembly, Committed());

    /// <summary>What C# cannot have as C has it, by name and reason: a new one has to be accepted.</summary>
    [Fact]
    public Task KvmInteropAssembly_whatCSharpCannotHave_isListed()
    {
        Findings findings = ClrComparison.Of(typeof(Kvm).Assembly, Namespace, Committed());
        var text = new StringBuilder();
        foreach (IGrouping<string, NotComparable> group in findings.Exemptions.GroupBy(part => part.Reason))
        {
            text.Append(group.Key).Append('\n');
            IEnumerable<string> parts = group.Select(part => $"  {part.Subject}: {part.Aspect}\n");
            text.AppendJoin("", parts.Distinct().Order(StringComparer.Ordinal));
        }

        return Verify(text.ToString()).UseDirectory("Snapshots");
    }

    private static ApiDocument[] Committed() => [.. ModelReader.Architectures.Select(Releases.Committed)];

    private static void AssertSame(string release, string[] architectures) => AssertSame(
        GeneratedAssembly.Of(architectures.Select(name => Releases.FreshFile(release, name))),
        [.. architectures.Select(name => Releases.Fresh(release, name))]);

    private static void AssertSame(Assembly bindings, ApiDocument[] models)
    {
        Findings findings = ClrComparison.Of(bindings, Namespace, models);
        Assert.True(findings.Differences.Count == 0, Report(findings.Differences));
        int atLeast = models.Sum(m => m.Records.Length + m.Constants.Length + m.Ioctls.Length);
        Assert.True(findings.Compared > atLeast, $"only {findings.Compared} compared");
    }

    private static string Report(List<Difference> differences)
    {
        var text = new StringBuilder().Append(differences.Count).Append(" differences\n");
        return text.AppendJoin('\n', differences.Take(60).Select(d => d.ToString())).ToString();
    }
}
