using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Verify;

namespace KvmInterop.Tests.Layouts.Proof;

public class CoverageTests
{
    [SkippableTheory]
    [InlineData("gcc")]
    [InlineData("clang-19")]
    public void Of_rightModel_missesNothing(string compiler) =>
        Assert.Empty(Cover(compiler, SmallHeader.Model));

    [SkippableTheory]
    [InlineData("\"name\": \"NEGATIVE\"", "\"name\": \"NEGATED\"",
        "NEGATIVE: macro is absent in the model and there in C")]
    [InlineData("\"name\": \"FUNCTION\"", "\"name\": \"FUNCTIONS\"",
        "FUNCTION: macro is absent in the model and there in C")]
    [InlineData("\"name\": \"EMPTY\"", "\"name\": \"GONE\"",
        "GONE: macro is there in the model and absent in C")]
    [InlineData("\"name\": \"count\"", "\"name\": \"counted\"",
        "mixed.io.count: member is absent in the model and there in C")]
    [InlineData("\"name\": \"next\"", "\"name\": \"last\"",
        "bits.next: member is absent in the model and there in C")]
    [InlineData("\"name\": \"KIND_B\"", "\"name\": \"KIND_C\"",
        "KIND_B: enum member is absent in the model and there in C")]
    public void Of_renamedPart_namesIt(string right, string wrong, string difference)
    {
        Assert.Contains(right, SmallHeader.Model, StringComparison.Ordinal);
        string model = SmallHeader.Model.Replace(right, wrong, StringComparison.Ordinal);
        Assert.Contains(difference, Cover("gcc", model).Select(d => d.ToString()));
    }

    [SkippableFact]
    public void SkippedConstants_skippedConstant_isNamed()
    {
        Requires.Tool("gcc");
        const string Skipped = "\"skipped\": [";
        string model = SmallHeader.Model
            .Replace("\"BIG\"", "\"SMALL\"", StringComparison.Ordinal)
            .Replace(
                Skipped,
                Skipped + "{\"name\": \"BIG\", \"reason\": \"none\", \"header\": \"linux/kvm.h\"},",
                StringComparison.Ordinal);
        CompilerTarget target = SmallHeader.Target("gcc");
        ApiDocument document = SmallHeader.Parse(model);
        Assert.Equal(
            ["BIG"],
            Coverage.SkippedConstants(document, HeaderInventory.Of(target), target).Select(d => d.Subject));
    }

    [SkippableFact]
    public void SkippedConstants_noConstant_isNotNamed()
    {
        Requires.Tool("gcc");
        CompilerTarget target = SmallHeader.Target("gcc");
        ApiDocument document = SmallHeader.Parse(SmallHeader.Model);
        Assert.Empty(Coverage.SkippedConstants(document, HeaderInventory.Of(target), target));
    }

    private static IReadOnlyList<Difference> Cover(string compiler, string model)
    {
        Requires.Tool(compiler);
        return Coverage.Of(SmallHeader.Parse(model), HeaderInventory.Of(SmallHeader.Target(compiler)));
    }
}
