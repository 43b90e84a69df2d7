using KvmInterop.ApiModel;

namespace KvmInterop.Tests.Scraper;

/// <summary>What the same C text means on other machines.</summary>
public class ArchitectureTests
{
    [SkippableFact]
    public void Char_whereItIsUnsigned_isStillChar()
    {
        using SmallHeaders headers = new("struct s { char c; };\n#define C ((char)-1)");

        ApiDocument document = headers.Read("arm64", "aarch64-linux-gnu");

        Assert.Equal("struct size 1 align 1\n  char c | char @0 size 1", document.Record("s"));
        Assert.Equal("char 255", document.Constant("C"));
    }

    [SkippableFact]
    public void BitField_bigEndian_isCountedFromTheMostSignificantEnd()
    {
        using SmallHeaders headers = new("struct s { __u8 a : 1; __u8 b : 7; };");

        Assert.Equal(
            """
            struct size 1 align 1
              __u8 a : 1 | u8 @0.0:1 size 1
              __u8 b : 7 | u8 @0.1:7 size 1
            """,
            headers.Read("s390x", "s390x-linux-gnu").Record("s"));
    }

    [SkippableFact]
    public void FixedWidth_asUnsignedLong_isStillU64()
    {
        using SmallHeaders headers = new("struct s { __u64 a; __le64 b; unsigned long c; };");
        headers.Write(
            "linux/types.h",
            "#ifdef __SANE_USERSPACE_TYPES__\ntypedef unsigned long long __sane;\n#endif\n"
            + "typedef unsigned long __u64; typedef __u64 __le64;\n");

        Assert.Equal(
            """
            struct size 24 align 8
              __u64 a | u64 @0 size 8
              __le64 b | u64 @8 size 8
              unsigned long c | ulong @16 size 8
            """,
            headers.Read("ppc64le", "powerpc64le-linux-gnu").Record("s"));
    }
}
