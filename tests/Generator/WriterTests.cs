using System.Globalization;
using KvmInterop.Generator.Plan;
using KvmInterop.Generator.Text;
using KvmInterop.Tests.Generator.Harness;
using static KvmInterop.Tests.Generator.Harness.Sample;

namespace KvmInterop.Tests.Generator;

/// <summary>The writer: what it writes is the same on every machine.</summary>
public sealed class WriterTests
{
    [Theory]
    [InlineData("a\nb\n")]
    [InlineData("a\r\nb\r\n")]
    public void Write_anyNewline_isALineFeed(string text) =>
        Assert.Equal("a\nb\n", new CodeWriter().Write(text).ToString());

    [Fact]
    public void Write_block_isIndentedAndClosed()
    {
        CodeWriter writer = new();
        using (writer.OpenBlock("class A"))
        {
            using (writer.OpenBlock("void B()"))
            {
                writer.WriteLine("C();\nD();");
            }
        }

        Assert.Equal(
            "class A\n{\n    void B()\n    {\n        C();\n        D();\n    }\n}\n", writer.ToString());
    }

    [Fact]
    public void Write_emptyLine_hasNoSpaces()
    {
        CodeWriter writer = new();
        using (writer.OpenBlock("class A"))
        {
            writer.Write("int a;\n\nint b;\n").WriteLine("");
        }

        Assert.Equal("class A\n{\n    int a;\n\n    int b;\n\n}\n", writer.ToString());
    }

    [Fact]
    public void Write_piecesOfALine_areIndentedOnce()
    {
        CodeWriter writer = new();
        using (writer.Deeper())
        {
            writer.Write("a").Write("").Write($"b{1}").WriteLine("c");
        }

        Assert.Equal("    ab1c\n", writer.ToString());
    }

    [Fact]
    public void Separate_neverDoublesAnEmptyLine()
    {
        CodeWriter writer = new();
        writer.Separate();
        using (writer.OpenBlock("class A"))
        {
            writer.Separate().WriteLine("a").Separate().Separate().WriteLine("b");
        }

        Assert.Equal("class A\n{\n    a\n\n    b\n}\n", writer.ToString());
    }

    [Fact]
    public void Write_numberInACultureWithItsOwnSigns_isInvariant()
    {
        using (new CultureScope(Odd()))
        {
            Assert.Equal("-5 1234", new CodeWriter().Write($"{-5} {1234L}").ToString());
        }
    }

    [Fact]
    public void Generate_inACultureWithItsOwnSigns_givesTheSameFiles() => AssertSameFilesIn(Odd());

    [SkippableFact]
    public void Generate_inTurkish_givesTheSameFiles()
    {
        // Turkish has an i of its own in upper case, on which many a generator of names has failed.
        CultureInfo? turkish = Turkish();
        Skip.If(turkish?.TextInfo.ToUpper('i') is null or 'I', "There are no cultures: install libicu.");
        AssertSameFilesIn(turkish!);
    }

    [Theory]
    [InlineData("in", "@in", "@in")]
    [InlineData("record", "record", "@record")]
    [InlineData("nint", "nint", "@nint")]
    [InlineData("kvm_regs", "kvm_regs", "kvm_regs")]
    [InlineData("a$b", "a_b", "a_b")]
    [InlineData("1st", "_1st", "_1st")]
    public void Identifier_ofCName_isAName(string c, string member, string type)
    {
        Assert.Equal(member, Identifier.Of(c));
        Assert.Equal(type, Identifier.OfType(c));
    }

    [Fact]
    public void Identifier_takenOrInherited_getsAnUnderscore()
    {
        HashSet<string> taken = ["taken"];
        Assert.Equal("taken_", Identifier.Member("taken", "kvm_x", taken));
        Assert.Equal("taken__", Identifier.Member("taken", "kvm_x", taken));
        Assert.Equal("kvm_x_", Identifier.Member("kvm_x", "kvm_x", taken));
        Assert.Equal("ToString_", Identifier.Member("ToString", "kvm_x", taken));
        Assert.Equal("@lock", Identifier.Member("lock", "kvm_x", taken));
    }

    [Theory]
    [InlineData("int", "-5", "-5")]
    [InlineData("uint", "4294967295", "0xFFFFFFFFu")]
    [InlineData("ulong", "18446744073709551615", "0xFFFFFFFFFFFFFFFFul")]
    [InlineData("long", "-9223372036854775808", "long.MinValue")]
    [InlineData("string", "a\"b\\\n", "\"a\\\"b\\\\\\n\"")]
    public void Literal_ofType_isCSharp(string type, string value, string expected) =>
        Assert.Equal(expected, Literal.Of(type, value));

    [Fact]
    public void XmlDoc_longText_isWrappedAtTheWidth()
    {
        CodeWriter writer = new();
        XmlDoc.Element(writer, "summary", string.Join(" ", Enumerable.Repeat("words", 60)));
        string[] lines = writer.ToString().TrimEnd('\n').Split('\n');
        Assert.All(lines, line => Assert.InRange(line.Length, 1, 110));
        Assert.Equal("/// <summary>", lines[0]);
        Assert.Equal("/// </summary>", lines[^1]);
        Assert.Equal(60, lines[1..^1].Sum(line => line.Split(' ').Length - 1));
    }

    [Fact]
    public void Files_ofNamesThatDifferByCase_areApart()
    {
        GeneratorHost host = new(InputText.Of(Model().With(
            Struct("kvm_x", 4, 4, Field("u32 a", 0, 4)), Struct("KVM_X", 8, 8, Field("u64 b", 0, 8)))));
        host.CompilesWithoutWarnings();
        Assert.Contains("KvmInterop.Native.kvm_x", host.Sources.Keys);
        Assert.Contains("KvmInterop.Native.KVM_X_", host.Sources.Keys);
    }

    [Fact]
    public void Architectures_ofTheEmittedEnum_areThoseOfTheGenerator()
    {
        Type emitted = new GeneratorHost(InputText.Of(Model())).Load()
            .GetType("KvmInterop.Native.KvmArchitecture", throwOnError: true)!;
        Assert.Equal(
            System.Enum.GetValues<ArchitectureSet>().Select(one => (one.ToString(), (int)one)),
            System.Enum.GetValuesAsUnderlyingType(emitted).Cast<int>()
                .Select(one => (System.Enum.GetName(emitted, one)!, one)));
    }

    private static CultureInfo? Turkish()
    {
        try
        {
            return new CultureInfo("tr-TR", useUserOverride: false);
        }
        catch (CultureNotFoundException)
        {
            return null;
        }
    }

    private static void AssertSameFilesIn(CultureInfo culture)
    {
        ApiDocument document = Model()
            .With(Struct("kvm_info", 1024, 8, Bits("s32 index", 5, 7, 4), Field("u8 in[1000]", 8, 1000)))
            .With(
                Constant("KVM_CAP_INFO", "1234"), Constant("KVM_MINUS", "-5"),
                Constant("KVM_BIG", "12345678901", "u64"))
            .With(Ioctl("KVM_GET_INFO_INDEX", 0x8400AE81, "read", "struct kvm_info"));
        KnowledgeDocument known = Knowledge(Row("KVM_GET_INFO_INDEX", "vm", "out", "info"));
        GeneratorHost expected = new(InputText.Of(document), InputText.Of(known));
        using (new CultureScope(culture))
        {
            GeneratorHost actual = new(InputText.Of(document), InputText.Of(known));
            Assert.Equal(expected.Sources, actual.Sources);
        }
    }

    private static CultureInfo Odd()
    {
        CultureInfo culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NegativeSign = "minus ";
        culture.NumberFormat.NumberGroupSeparator = "'";
        culture.NumberFormat.NativeDigits = ["٠", "١", "٢", "٣", "٤", "٥", "٦", "٧", "٨", "٩"];
        return culture;
    }

    private sealed class CultureScope : IDisposable
    {
        private readonly CultureInfo before = CultureInfo.CurrentCulture;

        public CultureScope(CultureInfo culture) => CultureInfo.CurrentCulture = culture;

        public void Dispose() => CultureInfo.CurrentCulture = before;
    }
}
