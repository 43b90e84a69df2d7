using KvmInterop.ApiModel;

namespace KvmInterop.Tests.Scraper;

/// <summary>Function-like macros, with the conversions that C makes in them; or why there are none.</summary>
public class FunctionTests
{
    private const string Declarations = """
        enum numbers { FIVE = 5, MINUS = -5, BIG = 0x80000000 };
        struct inner { __u32 c; __u64 d; };
        struct pair { __u32 a; struct inner b; __u8 e[4]; };
        extern int variable;
        extern int called(int);
        #define OTHER 16
        #define SUM 1 + 2
        #define TWICE(x) ((x) * 2)
        #define PREFIX_ONE_SHIFT 4
        #define PASTE(x, n) ((x) << PREFIX_ ## n ## _SHIFT)
        #define FLAG 0x8000000000000000ULL

        """;

    [SkippableTheory]
    [InlineData("M(x) x", "u64 M(u64 x) = x")]
    [InlineData("M(x) 7", "s32 M(u64 x) = 7")]
    [InlineData("M() (FIVE)", "s32 M() = 5")]
    [InlineData("M(x, y) ((x) + (y) * 2)", "u64 M(u64 x, u64 y) = (add u64 x (mul u64 y 2))")]
    [InlineData("M(x, y) ((x) - (y) - 1)", "u64 M(u64 x, u64 y) = (sub u64 (sub u64 x y) 1)")]
    [InlineData("M(x) (x | 1 & 6 ^ 2 << 1 + 1)", "u64 M(u64 x) = (or u64 x 8)")]
    [InlineData("M(x) (~x & -1)", "u64 M(u64 x) = (and u64 (not u64 x) 18446744073709551615)")]
    [InlineData("M(x) (-(x) % 10)", "u64 M(u64 x) = (rem u64 (neg u64 x) 10)")]
    [InlineData("M(x) (+(__u8)(x))", "s32 M(u64 x) = (cast s32 u8 (cast u8 u64 x))")]
    [InlineData("M(x) ((__u8)(x))", "u8 M(u64 x) = (cast u8 u64 x)")]
    [InlineData("M(x) ((unsigned int)x << 4)", "u32 M(u64 x) = (shl u32 (cast u32 u64 x) 4)")]
    [InlineData("M(x) (1U << (x))", "u32 M(u64 x) = (shl u32 1 x)")]
    [InlineData("M(x) (1 << (__u8)(x))", "s32 M(u64 x) = (shl s32 1 (cast u64 s32 (cast s32 u8 (cast u8 u64 x))))")]
    [InlineData("M(x) ((int)(x) + 1u)", "u32 M(u64 x) = (add u32 (cast u32 s32 (cast s32 u64 x)) 1)")]
    [InlineData("M(x) ((int)(x) + 1L)", "s64 M(u64 x) = (add s64 (cast s64 s32 (cast s32 u64 x)) 1)")]
    [InlineData("M(x) ((int)(x) < 1u)", "s32 M(u64 x) = (lt u32 (cast u32 s32 (cast s32 u64 x)) 1)")]
    [InlineData("M(x) (x >= OTHER)", "s32 M(u64 x) = (ge u64 x 16)")]
    [InlineData("M(x) (!(x))", "s32 M(u64 x) = (eq u64 x 0)")]
    [InlineData("M(x) (!!(x))", "s32 M(u64 x) = (ne u64 x 0)")]
    [InlineData("M(x) ((_Bool)(x))", "s32 M(u64 x) = (ne u64 x 0)")]
    [InlineData("M(x) (x && x > 1 || 0)", "s32 M(u64 x) = (either (both (ne u64 x 0) (gt u64 x 1)) 0)")]
    [InlineData("M(x) (1 || x)", "s32 M(u64 x) = 1")]
    [InlineData("M(x) (x ? 1 : 2u)", "u32 M(u64 x) = (if u32 (ne u64 x 0) 1 2)")]
    [InlineData("M(x) (x == 1 ? 2 : x == 3 ? 4 : x)",
        "u64 M(u64 x) = (if u64 (eq u64 x 1) 2 (if u64 (eq u64 x 3) 4 x))")]
    [InlineData("M(x) (x ?: 3)", "u64 M(u64 x) = (if u64 (ne u64 x 0) x 3)")]
    [InlineData("M(x) (OTHER ? x : 1)", "u64 M(u64 x) = x")]
    [InlineData("M(x) (x, 1)", "s32 M(u64 x) = 1")]
    [InlineData("M(x) (SUM * x)", "u64 M(u64 x) = (add u64 1 (mul u64 2 x))")]
    [InlineData("M(x) TWICE(x + 1)", "u64 M(u64 x) = (mul u64 (add u64 x 1) 2)")]
    [InlineData("M(x) TWICE(TWICE(x))", "u64 M(u64 x) = (mul u64 (mul u64 x 2) 2)")]
    [InlineData("M(OTHER) (OTHER | 1)", "u64 M(u64 OTHER) = (or u64 OTHER 1)")]
    [InlineData("M(x) PASTE(x, ONE)", "u64 M(u64 x) = (shl u64 x 4)")]
    [InlineData("M(x) (x + 1##0)", "u64 M(u64 x) = (add u64 x 10)")]
    [InlineData("M(...) TWICE(__VA_ARGS__)", "u64 M(u64 x) = (mul u64 x 2)")]
    [InlineData("M(...) (TWICE(__VA_ARGS__) | FLAG)",
        "u64 M(u64 x) = (or u64 (mul u64 x 2) 9223372036854775808)")]
    [InlineData("M(x) (x + sizeof(struct pair) / sizeof(__u64))", "u64 M(u64 x) = (add u64 x 4)")]
    [InlineData("M(x) (sizeof(1L) + sizeof 1 + sizeof(void *) + sizeof(long long))", "u64 M(u64 x) = 28")]
    [InlineData("M(x) (x + offsetof(struct pair, b))", "u64 M(u64 x) = (add u64 x 8)")]
    [InlineData("M(name) (offsetof(struct pair, name) / sizeof(__u32))",
        "u64 M(member of struct pair name) = (div u64 (offsetof name) 4)")]
    [InlineData("M(name, x) (__builtin_offsetof(struct pair, name) + (x))",
        "u64 M(member of struct pair name, u64 x) = (add u64 (offsetof name) x)")]
    [InlineData("M(x) (x + MINUS)", "u64 M(u64 x) = (add u64 x 18446744073709551611)")]
    [InlineData("M(x) ((__u32)x + MINUS)", "u32 M(u64 x) = (add u32 (cast u32 u64 x) 4294967291)")]
    [InlineData("M(x) (x / __CHAR_BIT__)", "u64 M(u64 x) = (div u64 x 8)")]
    [InlineData("M(x) (x + 'A' + 010 + 0x1fUL + 0b11)",
        "u64 M(u64 x) = (add u64 (add u64 (add u64 (add u64 x 65) 8) 31) 3)")]
    [InlineData("M(x) ((x) /* a comment */ + \\\n  1)", "u64 M(u64 x) = (add u64 x 1)")]
    [InlineData("M(x) (x == M(x))", "skipped: function-like macro that calls M, which is no macro")]
    public void Function_expression_hasCsConversions(string macro, string expected) =>
        Assert.Equal(expected, SmallHeaders.Scrape($"{Declarations}#define {macro}").Function("M"));

    [SkippableTheory]
    [InlineData("({ x; })", "x")]
    [InlineData("({ __u64 a = x & 3; a -= (a == 3); a << 6; })",
        "(shl u64 (sub u64 (and u64 x 3) (cast u64 s32 (eq u64 (and u64 x 3) 3))) 6)")]
    [InlineData("({ __u32 a = x, b = a; b |= 2; (__u64)b; })",
        "(cast u64 u32 (or u32 (cast u32 u64 x) 2))")]
    [InlineData("({ const __u64 x_ = 1; __u64 y_ = x_ + x; y_ <<= 2; y_ >>= 1; y_ = y_ ^ 1; })",
        "(xor u64 (shr u64 (shl u64 (add u64 1 x) 2) 1) 1)")]
    [InlineData("({ __u64 a = 1; ({ __u64 a = x; a += 1; a; }) + a; })", "(add u64 (add u64 x 1) 1)")]
    public void Function_statementExpression_isFollowedByValue(string body, string expected) => Assert.Equal(
        $"u64 M(u64 x) = {expected}",
        SmallHeaders.Scrape($"{Declarations}#define M(x) {body}").Function("M"));

    [SkippableTheory]
    [InlineData("M(x) PASTE(1, x)", "pastes its parameter x into a name, which a value cannot be")]
    [InlineData("M(x) x##_suffix", "pastes its parameter x into a name, which a value cannot be")]
    [InlineData("M(x) #x", "makes a text of its parameter")]
    [InlineData("M(x) \"text\"", "makes a text")]
    [InlineData("M(...) (0)", "M() = 0")]
    [InlineData("M(...) called(__VA_ARGS__)", "takes any number of arguments")]
    [InlineData("M(x, ...) TWICE(__VA_ARGS__)", "takes any number of arguments")]
    [InlineData("M(x) ((x) + ABSENT)", "needs ABSENT, which the headers do not define")]
    [InlineData("M(x) sizeof(struct absent)", "needs struct absent, which this architecture does not have")]
    [InlineData("M(m) offsetof(struct absent, m)",
        "needs struct absent, which this architecture does not have")]
    [InlineData("M(x) offsetof(struct pair, absent)",
        "needs the member absent, which struct pair does not have")]
    [InlineData("M(t) (1 + sizeof(t))", "asks for the size of its parameter t")]
    [InlineData("M(t, x) ((t)(x))", "is no expression over numbers")]
    [InlineData("M(n) offsetof(struct pair, e[n])", "asks for the offset of a member's part")]
    [InlineData("M(m) (offsetof(struct pair, m) + m)", "takes m both as a number and as a member")]
    [InlineData("M(m) (offsetof(struct pair, m) + offsetof(struct inner, m))",
        "takes m as a member of two records")]
    [InlineData("M(x) called(x)", "calls called, which is no macro")]
    [InlineData("M(x) variable", "reads memory")]
    [InlineData("M(x) struct x { int a; }", "names a type")]
    [InlineData("M(x) __u64 x", "names a type")]
    [InlineData("M(x) (*(int *)(x))", "reads memory")]
    [InlineData("M(x) ((x)->a)", "reads memory")]
    [InlineData("M(x) ((x)[0])", "reads memory")]
    [InlineData("M(x) ((char *)(x))", "casts to a pointer, which is no integer")]
    [InlineData("M(x) ((double)(x))", "casts to double, which is no integer")]
    [InlineData("M(x) (x + 1.5)", "is no expression over numbers")]
    [InlineData("M(x) (x = 1)", "assigns to what it is given")]
    [InlineData("M(x) (x++)", "assigns to what it is given")]
    [InlineData("M(x) do { } while (0)", "is a statement")]
    [InlineData("M(x) ({ if (x) 1; })", "is a statement")]
    [InlineData("M(x) ({ int a; a; })", "has statements that do more than compute")]
    [InlineData("M(x) ({ int a = 1; })", "has no value")]
    [InlineData("M(x) ({ int a = 0; x ? ({ a = 1; a; }) : 2; a; })", "assigns to what it is given")]
    [InlineData("M(x) (x", "is no complete expression")]
    [InlineData("M(x) (1 << 40) + x", "is undefined in C whatever it is given")]
    [InlineData("M(x) (x / (OTHER - 16))", "is undefined in C whatever it is given")]
    [InlineData("M(x) TWICE(x, x)", "gives TWICE another number of arguments than it takes")]
    [InlineData("M(x) TWICE(x", "uses TWICE without the end of its arguments")]
    public void Function_thatIsNone_isSkippedWithTheReason(string macro, string reason)
    {
        // What follows must be read whatever the macro is.
        ApiDocument document = SmallHeaders.Scrape($"{Declarations}#define {macro}\n#define ZZZ 99");

        Assert.Equal(
            reason.Contains(" = ", StringComparison.Ordinal)
                ? "s32 " + reason
                : $"skipped: function-like macro that {reason}",
            document.Function("M"));
        Assert.Equal("s32 99", document.Constant("ZZZ"));
    }

    [SkippableFact]
    public void Function_withoutABody_isEmpty() =>
        Assert.Equal("skipped: empty", SmallHeaders.Scrape("#define M(x)").Function("M"));

    [SkippableFact]
    public void Function_undefinedAgain_isSkipped() => Assert.Equal(
        "skipped: function-like macro that is undefined again",
        SmallHeaders.Scrape("#define M(x) x\n#undef M").Function("M"));

    [SkippableFact]
    public void Function_thatDoublesWithoutEnd_isSkipped()
    {
        IEnumerable<string> lines = Enumerable.Range(1, 30)
            .Select(i => $"#define M{i}(x) (M{i - 1}(x) + M{i - 1}(x))");
        ApiDocument document = SmallHeaders.Scrape("#define M0(x) x\n" + string.Join('\n', lines));

        Assert.Equal("u64 M1(u64 x) = (add u64 x x)", document.Function("M1"));
        Assert.Equal("skipped: function-like macro that expands to too much", document.Function("M30"));
    }

    [SkippableTheory]
    [InlineData("a = a + a;", 40, "expands to too much")]
    [InlineData("a = ~a;", 400, "is nested too deeply")]
    public void Function_whoseLocalGrows_isSkipped(string statement, int times, string reason)
    {
        string body = string.Concat(Enumerable.Repeat(statement, times));

        Assert.Equal(
            $"skipped: function-like macro that {reason}",
            SmallHeaders.Scrape($"{Declarations}#define M(x) ({{ __u64 a = x; {body} a; }})").Function("M"));
    }

    [SkippableTheory]
    [InlineData(199, true)]
    [InlineData(2_000, false)]
    public void Function_longSum_isReadBackOrSkipped(int terms, bool isTranslated)
    {
        ApiDocument document = SmallHeaders.Scrape(
            $"#define M(x) (x{string.Concat(Enumerable.Repeat(" + x", terms))})");

        Assert.Equal(isTranslated, document.Functions.Length == 1);
        Assert.Null(ModelReader.Read(ModelWriter.Write(document)).Error);
    }

    [SkippableFact]
    public void Function_nestedTooDeeply_isSkipped()
    {
        string deep = new string('(', 5_000) + "x" + new string(')', 5_000);

        Assert.Equal(
            "skipped: function-like macro that is nested too deeply",
            SmallHeaders.Scrape($"#define M(x) {deep}").Function("M"));
    }

    [SkippableFact]
    public void Functions_inTheModel_areReadAsTheyWereWritten()
    {
        ApiDocument document = SmallHeaders.Scrape(
            $"{Declarations}#define M(x, m) ((x) ? -(x) && 1 : offsetof(struct pair, m) << 2)");

        ReadResult<ApiDocument> result = ModelReader.Read(ModelWriter.Write(document));

        Assert.Null(result.Error);
        Assert.Equal(document, result.Document);
    }
}
