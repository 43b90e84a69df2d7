using System.Reflection;
using KvmInterop.HeaderScraper.Verify;
using KvmInterop.Tests.Layouts.Proof;

namespace KvmInterop.Tests.Layouts.Clr;

/// <summary>The comparison is proved: each way in which bindings can differ from a model is named.</summary>
public class ClrComparisonTests
{
    private static readonly Lazy<Assembly> Bindings =
        new(() => GeneratedAssembly.Of([SmallHeader.ModelFile]));

    [Fact]
    public void Of_bindingsOfTheModel_haveNoDifference()
    {
        Findings findings = Compare(SmallHeader.Model);
        Assert.Empty(findings.Differences);
        Assert.Equal(["mixed.rest: field"], findings.Exemptions.Select(e => $"{e.Subject}: {e.Aspect}"));
    }

    [Theory]
    [InlineData("\"size\": 40, \"align\": 8", "\"size\": 48, \"align\": 8", "mixed: size")]
    [InlineData("\"offset\": 2, \"size\": 6", "\"offset\": 4, \"size\": 6", "mixed.b: offset")]
    [InlineData("\"type\": \"ulong\", \"offset\"", "\"type\": \"u64\", \"offset\"",
        "mixed.word: type u64 as UIntPtr")]
    [InlineData("\"u32\", \"offset\": 8", "\"u32\", \"offset\": 4", "mixed_io.count: offset")]
    [InlineData("s16[3]", "s16[2]", "mixed.b: length")]
    [InlineData("\"name\": \"where\"", "\"name\": \"whither\"", "mixed.where: member")]
    [InlineData("\"name\": \"where\"", "\"name\": \"whither\"", "mixed.whither: field")]
    [InlineData("\"bit\": 3, \"width\": 7", "\"bit\": 3, \"width\": 6", "bits.high: width")]
    [InlineData("\"bit\": 3, \"width\": 7", "\"bit\": 4, \"width\": 7", "bits.high: first bit")]
    [InlineData("\"offset\": 40, \"size\": 0", "\"offset\": 32, \"size\": 0", "mixed.rest: offset")]
    [InlineData("9223372036854775808", "9223372036854775809",
        "BIG: value 9223372036854775809 as 9223372036854775808")]
    [InlineData("\"type\": \"s32\", \"value\": -1", "\"type\": \"slong\", \"value\": -1",
        "NEGATIVE: type Int64")]
    [InlineData("\"name\": \"NEGATIVE\"", "\"name\": \"NEGATED\"", "NEGATED: constant")]
    [InlineData("\"name\": \"NEGATIVE\"", "\"name\": \"NEGATED\"", "NEGATIVE: declaration")]
    [InlineData("2150149633", "2150149634", "GET: value 2150149634 as 2150149633")]
    [InlineData("\"value\": 4}", "\"value\": 5}", "kind.KIND_B: value 5")]
    [InlineData("\"name\": \"kind\", \"type\": \"u32\"", "\"name\": \"kind\", \"type\": \"s32\"",
        "kind: underlying type")]
    public void Of_modelWithAnotherWord_namesIt(string right, string wrong, string difference)
    {
        Assert.Contains(right, SmallHeader.Model, StringComparison.Ordinal);
        Findings findings = Compare(SmallHeader.Model.Replace(right, wrong, StringComparison.Ordinal));
        Assert.Contains(difference, findings.Differences.Select(d => $"{d.Subject}: {d.Aspect}"));
    }

    private static Findings Compare(string model) =>
        ClrComparison.Of(Bindings.Value, "KvmInterop.Native", [SmallHeader.Parse(model)]);
}
