using KvmInterop.ApiModel;

namespace KvmInterop.Tests.Scraper;

public class IoctlTests
{
    private const string Declarations = """
        #define TYPE 0xAE
        struct pair { __u32 a; __u64 b; };

        """;

    [SkippableTheory]
    [InlineData("_IO(TYPE, 0x80)", "0xae80 none 128 0 - _IO(TYPE, 0x80)")]
    [InlineData(
        "_IOR(TYPE, 0x81, struct pair)",
        "0x8010ae81 read 129 16 struct pair _IOR(TYPE, 0x81, struct pair)")]
    [InlineData("_IOW( TYPE,1,__u64 )", "0x4008ae01 write 1 8 u64 _IOW(TYPE, 1, __u64)")]
    [InlineData(
        "_IOWR(TYPE, 2, unsigned long)",
        "0xc008ae02 readwrite 2 8 ulong _IOWR(TYPE, 2, unsigned long)")]
    [InlineData("_IOW(TYPE, 3, struct pair *)", "0x4008ae03 write 3 8 pointer _IOW(TYPE, 3, struct pair*)")]
    [InlineData("_IOW(TYPE, 4, __u32[4])", "0x4010ae04 write 4 16 u32[4] _IOW(TYPE, 4, __u32[4])")]
    [InlineData("_IO(TYPE, (1 + 2) /* three */)", "0xae03 none 3 0 - _IO(TYPE, (1+2))")]
    [InlineData("(_IO(TYPE, 9))", "0xae09 none 9 0 - _IO(TYPE, 9)")]
    [InlineData("FIRST", "0xae07 none 7 0 - _IO(TYPE, 7)")]
    public void Ioctl_macro_isTakenApart(string body, string expected)
    {
        ApiDocument document = SmallHeaders.Scrape(
            $"{Declarations}#define REAL _IO(TYPE, 7)\n#define FIRST REAL\n#define M {body}");

        ApiIoctl ioctl = document.Ioctls.Single(ioctl => ioctl.Name == "M");
        string argument = ioctl.Argument is { } type ? TypeText.Format(type) : "-";
        Assert.Equal(
            expected,
            $"0x{ioctl.Value:x} {ioctl.Direction} {ioctl.Number} {ioctl.Size} {argument} {ioctl.C}");
    }

    [SkippableFact]
    public void Ioctl_argumentThatIsMissing_isSkippedWithTheReason()
    {
        ApiDocument document = SmallHeaders.Scrape(
            "struct declared_only;\n#define A _IOR(1, 2, struct absent)\n#define B _IOW(1, 3, absent_t)\n"
            + "#define C _IOW(1, 4, struct declared_only)\n#define D A");

        Assert.Empty(document.Ioctls);
        Assert.Equal(
            [
                ("A", "needs struct absent, which this architecture does not have"),
                ("B", "needs absent_t, which the headers do not define"),
                ("C", "needs struct declared_only, which this architecture does not have"),
                ("D", "needs struct absent, which this architecture does not have"),
            ],
            document.Skipped.Select(skipped => (skipped.Name, skipped.Reason)));
    }

    [SkippableFact]
    public void Ioctl_numberOnly_isAConstant()
    {
        ApiDocument document = SmallHeaders.Scrape("#define M (_IO(1, 2) + 1)\n#define N _IOC(0, 1, 2, 3)");

        Assert.Empty(document.Ioctls);
        Assert.Equal(["M", "N"], document.Constants.Select(constant => constant.Name));
    }
}
