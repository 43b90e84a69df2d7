using System.Reflection;
using KvmInterop.Tests.Generator.Harness;
using static KvmInterop.Tests.Generator.Harness.Sample;

namespace KvmInterop.Tests.Generator;

/// <summary>What function-like macros become, and what the result computes at the edges.</summary>
public sealed class FunctionTests
{
    private static readonly ApiRecord Core = Struct(
        "core", 16, 8, Field("u32 mode", 0, 4), Field("u32 _base", 4, 4), Field("u64 pc", 8, 8));

    private static readonly ApiRecord Registers = Struct(
        "registers", 112, 16,
        Field("u64 first", 0, 8),
        Field("struct core core", 8, 16),
        Field("u64 bank[3]", 24, 24),
        Inline("", 48, Union("", 16, 8, Field("u32 low", 0, 4), Field("u128 all", 0, 16))),
        Inline("own", 64, Struct("", 8, 4, Field("u32 lock", 0, 4), Field("u8 bytes[2][2]", 4, 4))),
        Field("struct core cores[2]", 72, 32),
        Bits("u32 flag", 832, 3, 4),
        Field("pointer next", 104, 8),
        Field("u8 behind[]", 112, 0));

    private static readonly ApiFunction Index = Function(
        "KVM_REG_X_CORE_REG", "struct registers.name", "u64", "(div u64 (offsetof name) 4)");

    private static readonly ApiConstant[] Parts =
    [
        Constant("KVM_REG_SIZE_SHIFT", "52"), Constant("KVM_REG_X", "9223372036854775808", "u64"),
        Constant("KVM_REG_X_CORE", "1048576"),
    ];

    private static readonly RegisterKnowledge Row =
        new("X_CORE_REG", "KVM_REG_X_CORE_REG", new(["KVM_REG_X", "KVM_REG_X_CORE"]));

    [Fact]
    public Task Functions_ofEveryShape_areMethods() => Snapshot("KvmApi.Functions", Model().With(
        Function("KVM_REG_SIZE", "id", "u32", "(shl u32 1 (shr u64 (and u64 id 67553994410557440) 52))"),
        Function("KVM_SHIFT", "x, count", "s32", "(shl s32 (cast s32 u64 x) count)"),
        Function("KVM_LONG", "event, @lock_, params", "u64",
            "(or u64 (or u64 (or u64 (shl u64 (and u64 event 255) 56) (and u64 params 4095)) "
            + "(if u64 (both (ne u64 event 0) (eq u64 params 3)) 18446744073709551615 0)) (rem u64 event 10))")
            with { Parameters = new([new("event", ""), new("lock", ""), new("params", "")]) },
        Function("KVM_NONE", "", "s64", "-9223372036854775808")));

    [Fact]
    public Task Members_ofARecord_areNamedByTheirPaths() =>
        Snapshot("registers_member", Model().With(Core, Registers).With(Index));

    [Fact]
    public Task Registers_ofAKnownRow_haveTheirWholeId() => Verify(new GeneratorHost(
        InputText.Of(Model().With(Core, Registers).With(Index).With(Parts)),
        InputText.Of(Knowledge().With(Row)))["KvmApi.Functions"]);

    [Theory]
    [InlineData("KVM_REG_SIZE_SHIFT")]
    [InlineData("KVM_REG_X_CORE")]
    public void Registers_whoseConstantIsMissing_areNone(string missing)
    {
        ApiConstant[] rest = [.. Parts.Where(constant => constant.Name != missing)];
        GeneratorHost host = new(
            InputText.Of(Model().With(Core, Registers).With(Index).With(rest)),
            InputText.Of(Knowledge().With(Row)));

        Assert.DoesNotContain(" X_CORE_REG(", host["KvmApi.Functions"], StringComparison.Ordinal);
        host.CompilesWithoutWarnings();
    }

    [Fact]
    public void Functions_ofTwoArchitectures_areSharedWhenAlike()
    {
        ApiFunction same = Function("SAME", "x", "u64", "(add u64 x 1)");
        ApiDocument one = Model().With(
            same, Function("OTHER", "x", "u64", "x"), Index).With(Core, Registers);
        ApiDocument two = Model("arm64").With(
            same with { Header = "asm/kvm.h" }, Function("OTHER", "x", "u64", "(add u64 x 1)"), Index)
            .With(Core, Registers with { Size = 120 });
        GeneratorHost host = new(InputText.Of(one), InputText.Of(two), InputText.Of(Knowledge()));

        Assert.Equal(" SAME", Names(host, "KvmApi.Functions"));
        Assert.Equal(" KVM_REG_X_CORE_REG OTHER", Names(host, "X64.KvmApiX64.Functions"));
        Assert.Equal(" KVM_REG_X_CORE_REG OTHER", Names(host, "Arm64.KvmApiArm64.Functions"));
        Assert.True(host.Sources.ContainsKey("KvmInterop.Native.Arm64.registers_member"));
        Assert.False(host.Sources.ContainsKey("KvmInterop.Native.registers_member"));
        host.CompilesWithoutWarnings();
    }

    [Fact]
    public void Function_namedLikeAnotherArchitecturesConstant_getsAnUnderscore()
    {
        GeneratorHost host = new(
            InputText.Of(Model().With(Function("NAME", "x", "u64", "x"))),
            InputText.Of(Model("arm64").With(Constant("NAME", "1"))),
            InputText.Of(Knowledge()));

        Assert.Equal(" NAME_", Names(host, "KvmApi.Functions"));
        host.CompilesWithoutWarnings();
    }

    [Fact]
    public void Model_withoutFunctions_makesNoFile() => Assert.DoesNotContain(
        new GeneratorHost(InputText.Of(Model()), InputText.Of(Knowledge())).Sources.Keys,
        name => name.Contains("Functions", StringComparison.Ordinal));

    // The project that it is compiled in checks for overflow: nothing may throw.
    [Theory]
    [InlineData("u32", "(neg u32 (cast u32 u64 x))", 1ul, uint.MaxValue)]
    [InlineData("u64", "(neg u64 x)", 1ul, ulong.MaxValue)]
    [InlineData("s64", "(neg s64 (cast s64 u64 x))", 1ul << 63, long.MinValue)]
    [InlineData("u64", "(not u64 x)", 0ul, ulong.MaxValue)]
    [InlineData("u64", "(mul u64 x x)", 1ul << 32, 0ul)]
    [InlineData("u64", "(sub u64 0 x)", 5ul, ulong.MaxValue - 4)]
    [InlineData("s32", "(add s32 2147483647 (cast s32 u64 x))", 1ul, int.MinValue)]
    [InlineData("u8", "(cast u8 u64 x)", 0x1fful, (byte)0xff)]
    [InlineData("s8", "(cast s8 u64 x)", 0x80ul, (sbyte)-128)]
    [InlineData("u8", "(add u8 255 (cast u8 u64 x))", 2ul, (byte)1)]
    [InlineData("u16", "(not u16 (cast u16 u64 x))", 1ul, (ushort)0xfffe)]
    [InlineData("s64", "(cast s64 s32 (cast s32 u64 x))", 0xffff_fffful, -1L)]
    [InlineData("u64", "(cast u64 s32 (cast s32 u64 x))", 0x8000_0000ul, 0xffff_ffff_8000_0000ul)]
    [InlineData("s64", "(shr s64 (cast s64 u64 x) 63)", 1ul << 63, -1L)]
    [InlineData("u64", "(shr u64 x 63)", 1ul << 63, 1ul)]
    [InlineData("u64", "(shl u64 1 x)", 65ul, 2ul)]
    [InlineData("u32", "(shl u32 1 x)", 0x1_0000_0021ul, 2u)]
    [InlineData("u64", "(div u64 7 x)", 0ul, 0ul)]
    [InlineData("u64", "(rem u64 7 x)", 0ul, 0ul)]
    [InlineData("u64", "(div u64 x 0)", 7ul, 0ul)]
    [InlineData("s32", "(div s32 -2147483648 (cast s32 u64 x))", ulong.MaxValue, int.MinValue)]
    [InlineData("s32", "(rem s32 -2147483648 (cast s32 u64 x))", ulong.MaxValue, 0)]
    [InlineData("s32", "(div s32 -7 (cast s32 u64 x))", 2ul, -3)]
    [InlineData("s32", "(rem s32 -7 (cast s32 u64 x))", 2ul, -1)]
    [InlineData("s64", "(div s64 (cast s64 u64 x) -1)", 1ul << 63, long.MinValue)]
    [InlineData("s32", "(lt s64 (cast s64 u64 x) 0)", ulong.MaxValue, 1)]
    [InlineData("s32", "(lt u64 x 0)", ulong.MaxValue, 0)]
    [InlineData("s32", "(eq u64 x x)", 3ul, 1)]
    [InlineData("s32", "(both (ne u64 x 0) (eq u64 (div u64 8 x) 4))", 2ul, 1)]
    [InlineData("s32", "(either (cast s32 u64 x) 0)", 2ul, 1)]
    [InlineData("s32", "(add s32 (either (cast s32 u64 x) 0) (gt u64 x 1))", 2ul, 2)]
    [InlineData("u8", "(if u8 (cast s32 u64 x) 200 3)", 4ul, (byte)200)]
    [InlineData("s16", "(if s16 (cast s32 u64 x) 200 -3)", 0ul, (short)-3)]
    [InlineData("u64", "(sub u64 x (sub u64 x 1))", 9ul, 1ul)]
    public void Function_atTheEdges_computesAsC(string type, string value, ulong argument, object expected)
    {
        GeneratorHost host = new(
            InputText.Of(Model().With(Function("F", "x", type, value))), InputText.Of(Knowledge()));
        host.CompilesWithoutWarnings();
        MethodInfo method = host.Load().GetType("KvmInterop.Native.KvmApi")!.GetMethod("F")!;

        Assert.Equal(expected, method.Invoke(null, [argument]));
    }

    private static string Names(GeneratorHost host, string file) => string.Concat(
        host[file].Split('\n').Where(line => line.EndsWith("=>", StringComparison.Ordinal))
            .Select(line => " " + line.Split('(')[0].Split(' ')[^1]));

    private static Task Snapshot(string file, ApiDocument model)
    {
        GeneratorHost host = new(InputText.Of(model), InputText.Of(Knowledge()));
        host.CompilesWithoutWarnings();
        return Verify(host[file]);
    }
}
