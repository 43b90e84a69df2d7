using KvmInterop.ApiModel;

namespace KvmInterop.Tests.Scraper;

/// <summary>Macros and the values that the compiler gives them; or why it gives none.</summary>
public class ConstantTests
{
    private const string Declarations = """
        enum numbers { FIVE = 5, MINUS = -5 };
        struct pair { __u32 a; __u64 b; };
        extern int variable;
        #define OTHER 16
        #define FUNCTION(x) ((x) + 1)
        #define CONCAT(a, b) a##b
        #define MISSING_ONE (1 << ABSENT)

        """;

    [SkippableTheory]
    [InlineData("1", "s32 1")]
    [InlineData("0x80000000", "u32 2147483648")]
    [InlineData("1UL", "ulong 1")]
    [InlineData("-1L", "slong -1")]
    [InlineData("(1ULL << 63)", "u64 9223372036854775808")]
    [InlineData("(-0x7fffffffffffffffLL - 1)", "s64 -9223372036854775808")]
    [InlineData("((__u64)-1)", "u64 18446744073709551615")]
    [InlineData("((__u8)300)", "u8 44")]
    [InlineData("((short)-2)", "s16 -2")]
    [InlineData("'a'", "s32 97")]
    [InlineData("(OTHER * 2 + FUNCTION(3))", "s32 36")]
    [InlineData("CONCAT(OTH, ER)", "s32 16")]
    [InlineData("FIVE", "s32 5")]
    [InlineData("(FIVE | MINUS)", "s32 -1")]
    [InlineData("((enum numbers)-5)", "s32 -5")]
    [InlineData("sizeof(struct pair)", "ulong 16")]
    [InlineData("offsetof(struct pair, b)", "ulong 8")]
    [InlineData("__builtin_offsetof(struct pair, b)", "ulong 8")]
    [InlineData("(sizeof(\"text\") - 1)", "ulong 4")]
    [InlineData("((_Bool)7)", "bool 1")]
    [InlineData("\"text\"", "string text")]
    [InlineData("\"two \" \"parts \\\"\\n\"", "string two parts \"\n")]
    [InlineData("12 /* a comment */ + \\\n  30 // and another", "s32 42")]
    public void Constant_expression_hasTheCompilersTypeAndValue(string body, string expected) =>
        Assert.Equal(expected, SmallHeaders.Scrape($"{Declarations}#define M {body}").Constant("M"));

    [SkippableTheory]
    [InlineData("", "empty")]
    [InlineData("/* only a comment */", "empty")]
    [InlineData("(ABSENT * 2)", "needs ABSENT, which the headers do not define")]
    [InlineData("MISSING_ONE", "needs ABSENT, which the headers do not define")]
    [InlineData("FUNCTION(ABSENT)", "needs ABSENT, which the headers do not define")]
    [InlineData("sizeof(struct absent)", "needs struct absent, which this architecture does not have")]
    [InlineData("struct pair", "names a type")]
    [InlineData("unsigned long", "names a type")]
    [InlineData("__u64", "names a type")]
    [InlineData("variable", "not a constant expression")]
    [InlineData("do { } while (0)", "not a constant expression")]
    [InlineData("1.5", "not a constant expression")]
    [InlineData("__attribute__((packed))", "not a constant expression")]
    [InlineData("(1", "not a constant expression")]
    [InlineData("}", "not a constant expression")]
    [InlineData("{", "not a constant expression")]
    [InlineData("1; int injected", "needs injected, which the headers do not define")]
    public void Constant_thatIsNone_isSkippedWithTheReason(string body, string reason)
    {
        // What follows must be read whatever the macro does to the compiler.
        ApiDocument document = SmallHeaders.Scrape($"{Declarations}#define M {body}\n#define ZZZ 99");

        Assert.Equal($"skipped: {reason}", document.Constant("M"));
        Assert.Equal("s32 99", document.Constant("ZZZ"));
        Assert.Equal("s32 16", document.Constant("OTHER"));
    }

    [SkippableFact]
    public void Constant_bracketsInOtherMacros_doNotSwallowWhatFollows()
    {
        ApiDocument document = SmallHeaders.Scrape(
            "#define OPEN (\n#define A OPEN 1\n#define B OPEN 2 )\n#define C 3\n#define SELF SELF");

        Assert.Equal("skipped: not a constant expression", document.Constant("A"));
        Assert.Equal("skipped: not a constant expression", document.Constant("B"));
        Assert.Equal("s32 3", document.Constant("C"));
        Assert.Equal("skipped: not a constant expression", document.Constant("SELF"));
    }

    [SkippableFact]
    public void Constant_definedTwice_hasItsLastValue() => Assert.Equal(
        "s32 2", SmallHeaders.Scrape("#define M 1\n#undef M\n#define M 2").Constant("M"));

    [SkippableFact]
    public void Constant_undefinedAgain_hasNoValue() => Assert.StartsWith(
        "skipped: ", SmallHeaders.Scrape("#define M 1\n#undef M").Constant("M"), StringComparison.Ordinal);

    [SkippableFact]
    public void Constant_nameOfAnEnumerator_hasItsValue() => Assert.Equal(
        "s32 4", SmallHeaders.Scrape("enum e { X = 4,\n#define X X\n};").Constant("X"));

    [SkippableFact]
    public void Constants_ofOtherHeaders_areNotListed()
    {
        ApiDocument document = SmallHeaders.Scrape("#define ZED 1\n#define ABLE 2", "#define MIDDLE 3");

        Assert.Equal(
            [("ABLE", "linux/kvm.h"), ("MIDDLE", "asm/kvm.h"), ("ZED", "linux/kvm.h")],
            document.Constants.Select(constant => (constant.Name, constant.Header)));
        Assert.Empty(document.Skipped);
    }

    [SkippableFact]
    public void Version_ofTheTree_isInTheModel()
    {
        using SmallHeaders headers = new("");
        Assert.Equal("", headers.Read().LinuxVersion);

        headers.Write("linux/version.h", "#define LINUX_VERSION_CODE 393496\n");
        Assert.Equal("6.1.24", headers.Read().LinuxVersion);

        headers.Write(
            "linux/version.h",
            "#define LINUX_VERSION_CODE 393727\n#define LINUX_VERSION_MAJOR 6\n"
            + "#define LINUX_VERSION_PATCHLEVEL 1\n#define LINUX_VERSION_SUBLEVEL 300\n");
        Assert.Equal("6.1.300", headers.Read().LinuxVersion);
    }
}
