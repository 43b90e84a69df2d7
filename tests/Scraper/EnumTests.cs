using KvmInterop.ApiModel;

namespace KvmInterop.Tests.Scraper;

public class EnumTests
{
    [SkippableFact]
    public void Enum_negativeValues_isSigned() => Assert.Equal(
        "s32: A -1, B 0, C 7", SmallHeaders.Scrape("enum e { A = -1, B, C = 7 };").Enum("e"));

    [SkippableFact]
    public void Enum_only32Bits_isUnsigned() => Assert.Equal(
        "u32: A 0, B 4294967295", SmallHeaders.Scrape("enum e { A, B = 0xffffffff };").Enum("e"));

    [SkippableFact]
    public void Enum_64BitValues_keepsAllDigits()
    {
        ApiDocument document = SmallHeaders.Scrape(
            "enum e { A = 0xffffffffffffffffULL }; enum f { B = -0x7fffffffffffffffLL - 1, C = 1 };");

        Assert.Equal("ulong: A 18446744073709551615", document.Enum("e"));
        Assert.Equal("slong: B -9223372036854775808, C 1", document.Enum("f"));
    }

    [SkippableFact]
    public void Enum_withoutName_isThereAndItsMemberIsAnInteger()
    {
        ApiDocument document = SmallHeaders.Scrape(
            "enum { X = 3 }; struct s { enum { Y } kind; enum e { Z } e; };");

        Assert.Equal(
            ["u32 X 3", "u32 Y 0"],
            document.Enums.Where(item => item.Name.Length == 0)
                .Select(item => $"{item.Type} {item.Members[0].Name} {item.Members[0].Value}"));
        Assert.Equal(
            """
            struct size 8 align 4
              enum { ... } kind | u32 @0 size 4
              enum e e | enum e @4 size 4
            """,
            document.Record("s"));
    }

    [SkippableFact]
    public void Enum_packed_hasItsSmallType() => Assert.Equal(
        "u8: A 0, B 200", SmallHeaders.Scrape("enum e { A, B = 200 } __attribute__((packed));").Enum("e"));

    [SkippableFact]
    public void Enum_ofAnotherHeader_isReadOnlyWhenAMemberHasIt()
    {
        using SmallHeaders headers = new("struct s { enum used u; };", "#include <asm/other.h>");
        headers.Write("asm/other.h", "enum used { A }; enum unused { B };\n");

        Assert.Equal(["used"], headers.Read().Enums.Select(item => item.Name));
    }
}
