using KvmInterop.ApiModel;

namespace KvmInterop.Tests.Scraper;

/// <summary>Layouts that C headers may have, however unlikely.</summary>
public class RecordTests
{
    [SkippableFact]
    public void Record_packed_hasNoPadding() => Check(
        "struct s { __u8 a; __u32 b; __u64 c; } __attribute__((packed));",
        """
        struct size 13 align 1
          __u8 a | u8 @0 size 1
          __u32 b | u32 @1 size 4
          __u64 c | u64 @5 size 8
        """);

    [SkippableFact]
    public void Record_alignedMember_movesAndAligns() => Check(
        "struct s { __u8 a; __u32 b __attribute__((aligned(16))); };",
        """
        struct size 32 align 16
          __u8 a | u8 @0 size 1
          __u32 b | u32 @16 size 4
        """);

    [SkippableFact]
    public void Record_nestedAnonymousUnions_haveOffsetsInTheirParent() => Check(
        """
        struct s {
            __u64 first;
            union {
                struct { __u32 low; union { __u16 deep; __u8 bytes[4]; }; };
                __u64 whole;
            };
            struct { __u8 x; } named[2];
        };
        """,
        """
        struct size 24 align 8
          __u64 first | u64 @0 size 8
          union { ... } | inline @8 size 8
            union size 8 align 8
              struct { ... } | inline @0 size 8
                struct size 8 align 4
                  __u32 low | u32 @0 size 4
                  union { ... } | inline @4 size 4
                    union size 4 align 2
                      __u16 deep | u16 @0 size 2
                      __u8 bytes[4] | u8[4] @0 size 4
              __u64 whole | u64 @0 size 8
          struct { ... } named[2] | inline[2] @16 size 2
            struct size 1 align 1
              __u8 x | u8 @0 size 1
        """);

    [SkippableFact]
    public void Record_flexibleAndZeroLengthArrays_areToldApart() => Check(
        "struct e { __u32 x[2][3]; }; struct z { __u8 zero[0]; };"
        + "struct s { __u32 count; struct z none; struct e entries[]; };",
        """
        struct size 4 align 4
          __u32 count | u32 @0 size 4
          struct z none | struct z @4 size 0
          struct e entries[] | struct e[] @4 size 0
        """,
        """
        struct size 24 align 4
          __u32 x[2][3] | u32[2][3] @0 size 24
        """,
        """
        struct size 0 align 1
          __u8 zero[0] | u8[0] @0 size 0
        """);

    [SkippableFact]
    public void Record_bitFields_crossUnitsAsTheyDoInC() => Check(
        "struct s { __u32 a : 3; __u32 b : 30; __u32 : 2; __u64 c : 33; __u8 d : 1; __u32 : 0;"
        + " __u8 e : 8; };",
        """
        struct size 24 align 8
          __u32 a : 3 | u32 @0.0:3 size 4
          __u32 b : 30 | u32 @4.0:30 size 4
          __u64 c : 33 | u64 @8.0:33 size 8
          __u8 d : 1 | u8 @12.1:1 size 1
          __u8 e : 8 | u8 @16.0:8 size 1
        """);

    [SkippableFact]
    public void Record_packedBitFields_spanBytes() => Check(
        "struct s { __u32 a : 3; __u32 b : 30; __u32 c : 7; } __attribute__((packed));",
        """
        struct size 5 align 1
          __u32 a : 3 | u32 @0.0:3 size 4
          __u32 b : 30 | u32 @0.3:30 size 4
          __u32 c : 7 | u32 @4.1:7 size 4
        """);

    [SkippableFact]
    public void Record_pointers_keepTheirDeclaration() => Check(
        """
        struct unknown;
        struct s {
            void (*call)(int, struct unknown *);
            const char *text;
            struct unknown *next;
            __u32 (*rows)[4];
            void *const fixed;
            char **list[3];
        };
        """,
        """
        struct size 64 align 8
          void (*call)(int, struct unknown *) | pointer @0 size 8
          const char *text | pointer @8 size 8
          struct unknown *next | pointer @16 size 8
          __u32 (*rows)[4] | pointer @24 size 8
          void *const fixed | pointer @32 size 8
          char **list[3] | pointer[3] @40 size 24
        """);

    [SkippableFact]
    public void Record_scalars_haveTheModelsNames() => Check(
        """
        struct s {
            unsigned long a; long b; long long c; unsigned long long d; signed char e; char f; _Bool g;
            short h; unsigned i; __int128 j; float k; double l; __u64 m;
        };
        """,
        """
        struct size 96 align 16
          unsigned long a | ulong @0 size 8
          long b | slong @8 size 8
          long long c | s64 @16 size 8
          unsigned long long d | u64 @24 size 8
          signed char e | s8 @32 size 1
          char f | char @33 size 1
          _Bool g | bool @34 size 1
          short h | s16 @36 size 2
          unsigned int i | u32 @40 size 4
          __int128 j | s128 @48 size 16
          float k | f32 @64 size 4
          double l | f64 @72 size 8
          __u64 m | u64 @80 size 8
        """);

    [SkippableFact]
    public void Record_keywordsOfCSharp_areOrdinaryNames() => Check(
        "struct s { int namespace; int object; int is; };",
        """
        struct size 12 align 4
          int namespace | s32 @0 size 4
          int object | s32 @4 size 4
          int is | s32 @8 size 4
        """);

    [SkippableFact]
    public void Record_empty_hasNoSize() => Check("struct s { };", "struct size 0 align 1");

    [SkippableFact]
    public void Record_madeByAMacro_belongsToTheHeaderThatUsesIt()
    {
        using SmallHeaders headers = new("#include <linux/make.h>\nMAKE(s, __u32);");
        headers.Write("linux/make.h", "#define MAKE(name, type) struct name { type value; }\n");

        ApiDocument document = headers.Read();

        Assert.Equal("struct size 4 align 4\n  __u32 value | u32 @0 size 4", document.Record("s"));
        Assert.Equal("linux/kvm.h", document.Records.Single(record => record.Name == "s").Header);
    }

    [SkippableFact]
    public void Record_typedefWithoutTag_hasTheTypedefsName()
    {
        ApiDocument document = SmallHeaders.Scrape(
            "typedef struct { __u8 x; } first_t, *pointer_t; typedef first_t second_t;"
            + "struct s { first_t a; second_t b[2]; pointer_t c; };");

        Assert.Equal(
            """
            struct size 16 align 8
              first_t a | struct first_t @0 size 1
              second_t b[2] | struct first_t[2] @1 size 2
              pointer_t c | pointer @8 size 8
            """,
            document.Record("s"));
        Assert.Equal("struct size 1 align 1\n  __u8 x | u8 @0 size 1", document.Record("first_t"));
    }

    [SkippableFact]
    public void Record_tagInsideARecord_isARecordOfItsOwn()
    {
        ApiDocument document = SmallHeaders.Scrape(
            "struct s { struct inner { __u8 x; } a; union u { __u8 y; } b; };");

        Assert.Equal(["inner", "s", "u"], document.Records.Select(record => record.Name));
        Assert.Equal("union", document.Records.Single(record => record.Name == "u").Kind);
    }

    [SkippableFact]
    public void Record_ofAnotherHeader_isReadToo()
    {
        using SmallHeaders headers = new("struct s { struct other o; };", "#include <asm/other.h>");
        headers.Write("asm/other.h", "struct deep { __u8 x; }; struct other { struct deep d; };\n");

        ApiDocument document = headers.Read();

        Assert.Equal(
            [("deep", "asm/other.h"), ("other", "asm/other.h"), ("s", "linux/kvm.h")],
            document.Records.Select(record => (record.Name, record.Header)));
    }

    [SkippableFact]
    public void Record_arrayOfATypedefdArray_hasAllDimensions() => Check(
        "typedef __u16 pair_t[2]; struct s { pair_t pairs[3]; };",
        """
        struct size 12 align 2
          pair_t pairs[3] | u16[3][2] @0 size 12
        """);

    private static void Check(string c, string expected, string? expectedE = null, string? expectedZ = null)
    {
        ApiDocument document = SmallHeaders.Scrape(c);
        Assert.Equal(expected, document.Record("s"));
        if (expectedE is not null)
        {
            Assert.Equal(expectedE, document.Record("e"));
            Assert.Equal(expectedZ, document.Record("z"));
        }
    }
}
