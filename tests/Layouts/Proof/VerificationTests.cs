using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Verify;

namespace KvmInterop.Tests.Layouts.Proof;

/// <summary>The proof is proved: a right model has no difference, and each wrong word is named.</summary>
public class VerificationTests
{
    [SkippableTheory]
    [InlineData("gcc")]
    [InlineData("clang-19")]
    public void Of_rightModel_hasNoDifference(string compiler)
    {
        Verification verification = Verify(compiler, SmallHeader.Model);
        Assert.Empty(verification.Differences);
        Assert.InRange(verification.Compared, 100, 1000);
    }

    [SkippableFact]
    public void Of_rightModel_tellsWhatCannotBeCompared()
    {
        IEnumerable<string> told = Verify("gcc", SmallHeader.Model)
            .NotComparable.Select(n => $"{n.Subject} {n.Aspect}");
        string[] expected =
        [
            "bits.low type", "bits.high type", "bits.__u32 : 22 bits", "bits.next type",
            "mixed.union { ... } size", "mixed.rest size",
        ];
        Assert.Equal(expected, told);
    }

    [SkippableTheory]
    [InlineData("\"size\": 40, \"align\": 8", "\"size\": 41, \"align\": 8",
        "mixed: size is 41 in the model and 40 in C")]
    [InlineData("\"size\": 8, \"align\": 4", "\"size\": 8, \"align\": 8",
        "bits: alignment is 8 in the model and 4 in C")]
    [InlineData("\"offset\": 2, \"size\": 6", "\"offset\": 1, \"size\": 6",
        "mixed.b: offset is 1 in the model and 2 in C")]
    [InlineData("s16[3]", "s16[4]", "mixed.b: length of dimension 1 is 4 in the model and 3 in C")]
    [InlineData("s16[3]", "u16[3]", "mixed.b: type is unsigned short in the model and short in C")]
    [InlineData("\"type\": \"ulong\", \"offset\"", "\"type\": \"slong\", \"offset\"",
        "mixed.word: type is long in the model and unsigned long in C")]
    [InlineData("\"u32\", \"offset\": 8", "\"u32\", \"offset\": 4",
        "mixed.io.count: offset is 12 in the model and 16 in C")]
    [InlineData("\"pointer\"", "\"u64\"",
        "mixed.where: type is unsigned long long in the model and a pointer in C")]
    [InlineData("\"bit\": 3, \"width\": 7", "\"bit\": 3, \"width\": 6",
        "bits.high: bits is 3 to 8 in the model and 3 to 9 in C")]
    [InlineData("\"value\": 4}", "\"value\": 5}", "KIND_B: value is 5 in the model and 4 in C")]
    [InlineData("9223372036854775808", "9223372036854775809",
        "BIG: value is 9223372036854775809 in the model and 9223372036854775808 in C")]
    [InlineData("\"type\": \"s32\", \"value\": -1", "\"type\": \"slong\", \"value\": -1",
        "NEGATIVE: type is long in the model and int in C")]
    [InlineData("\"value\": \"KVM\"", "\"value\": \"KVMX\"",
        "SIGNATURE: value is KVMX in the model and KVM in C")]
    [InlineData("2150149633", "2150149634", "GET: value is 0x8028ae02 in the model and 0x8028ae01 in C")]
    [InlineData("\"direction\": \"read\"", "\"direction\": \"write\"",
        "GET: direction is write in the model and read in C")]
    [InlineData("\"argument\": \"struct mixed\"", "\"argument\": \"struct bits\"",
        "GET: argument's size is 40 in the model and 8 in C")]
    public void Of_oneWrongWord_namesIt(string right, string wrong, string difference)
    {
        Assert.Contains(right, SmallHeader.Model, StringComparison.Ordinal);
        string model = SmallHeader.Model.Replace(right, wrong, StringComparison.Ordinal);
        Verification verification = Verify("gcc", model);
        Assert.Equal([difference], verification.Differences.Where(IsNoCall).Select(d => d.ToString()));
    }

    [SkippableTheory]
    [InlineData("(and u64 n 15)", "(and u64 n 7)", ": value is 0x0 in the model and 0x80 in C")]
    [InlineData("(neg s32 1)", "(neg s32 2)",
        ": value is 0xfffffffffffffffe in the model and 0xffffffffffffffff in C")]
    [InlineData("(add u64 x 1)", "(sub u64 x 1)",
        "FUNCTION(((__u64)0x0ull)): value is 0xffffffffffffffff in the model and 0x1 in C")]
    [InlineData("\"u64\", \"value\": \"(add u64 x 1)\"",
        "\"s64\", \"value\": \"(cast s64 u64 (add u64 x 1))\"",
        "FUNCTION: type is long long in the model and unsigned long long in C")]
    public void Of_wrongFunction_namesItsCalls(string right, string wrong, string difference)
    {
        Assert.Contains(right, SmallHeader.Model, StringComparison.Ordinal);
        string model = SmallHeader.Model.Replace(right, wrong, StringComparison.Ordinal);
        IReadOnlyList<Difference> differences = Verify("gcc", model).Differences;
        Assert.Contains(differences, d => d.ToString().Contains(difference, StringComparison.Ordinal));
    }

    [SkippableTheory]
    [InlineData("gcc")]
    [InlineData("clang-19")]
    public void Of_functionThatCLacks_isNamedInEachCall(string compiler)
    {
        string model = SmallHeader.Model.Replace("\"FUNCTION\"", "\"FUNCTIONS\"", StringComparison.Ordinal);
        IReadOnlyList<Difference> differences = Verify(compiler, model).Differences;
        Assert.Contains(differences, d => d.Subject == "FUNCTIONS(((__u64)0x0ull))");
        Assert.All(differences, d => Assert.Equal("an error (no such macro)", d.Compiler));
    }

    [SkippableTheory]
    [InlineData("gcc")]
    [InlineData("clang-19")]
    public void Of_memberThatCLacks_isNamedAndTheRestCompared(string compiler)
    {
        string model = SmallHeader.Model
            .Replace("\"name\": \"where\"", "\"name\": \"whither\"", StringComparison.Ordinal)
            .Replace("\"value\": 4}", "\"value\": 5}", StringComparison.Ordinal);
        IReadOnlyList<Difference> differences = Verify(compiler, model).Differences;
        Assert.Equal(
            ["mixed.whither offset", "mixed.whither size", "mixed.whither type", "KIND_B value"],
            differences.Where(IsNoCall).Select(d => $"{d.Subject} {d.Aspect}"));
        string[] messages = [.. differences.Take(3).Select(d => d.Compiler)];
        Assert.All(messages, message => Assert.Contains("whither", message, StringComparison.Ordinal));
    }

    [SkippableFact]
    public void Of_brokenHeader_failsWithTheCompilersWords()
    {
        Requires.Tool("gcc");
        var target = new CompilerTarget("gcc", "x86_64-linux-gnu", [Path.GetTempPath()]);
        ApiDocument model = SmallHeader.Parse(SmallHeader.Model);
        var failure = Assert.Throws<VerifyFailure>(() => Verification.Of(model, target));
        Assert.Contains("linux/kvm.h", failure.Message, StringComparison.Ordinal);
    }

    // A wrong member is wrong in each call that names it, too.
    private static bool IsNoCall(Difference difference) =>
        !difference.Subject.Contains('(', StringComparison.Ordinal);

    private static Verification Verify(string compiler, string model)
    {
        Requires.Tool(compiler);
        return Verification.Of(SmallHeader.Parse(model), SmallHeader.Target(compiler));
    }
}
