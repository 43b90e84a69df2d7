using KvmInterop.Tests.Generator.Harness;
using static KvmInterop.Tests.Generator.Harness.Sample;

namespace KvmInterop.Tests.Generator;

/// <summary>What each shape of C becomes, as snapshots; all of it compiles without warnings.</summary>
public sealed class ShapeTests
{
    [Fact]
    public Task Record_flat_isAStructWithFields() => Snapshot(
        "kvm_flat",
        Struct(
            "kvm_flat", 32, 8, Field("u32 slot", 0, 4), Field("s16 step", 4, 2), Field("char tag", 6, 1),
            Field("ulong base", 8, 8), Field("slong delta", 16, 8), Field("bool on", 24, 1)));

    [Fact]
    public Task Record_anonymousUnions_arePromoted() => Snapshot(
        "kvm_nested",
        Struct(
            "kvm_nested", 32, 8,
            Field("u64 first", 0, 8),
            Inline("", 8, Union(
                "", 16, 8,
                Field("u64 whole", 0, 8),
                Inline("", 0, Struct("", 16, 8, Field("u32 low", 0, 4), Field("u64 high", 8, 8))))),
            Field("u64 last", 24, 8)));

    [Fact]
    public Task Record_namedAnonymousMember_hasATypeOfItsOwn() => Snapshot("kvm_exit_io", NamedAnonymous());

    [Fact]
    public Task Record_withNamedAnonymousMember_usesThatType() => Snapshot("kvm_exit", NamedAnonymous());

    [Fact]
    public Task Record_inventedNameIsTaken_getsAnUnderscore() =>
        Snapshot("kvm_exit_io_", NamedAnonymous(), Struct("kvm_exit_io", 4, 4, Field("u32 taken", 0, 4)));

    [Fact]
    public Task Record_arrays_areInlineArrays() => Snapshot(
        "kvm_arrays",
        Struct(
            "kvm_arrays", 96, 8,
            Field("u8 pad[3]", 0, 3), Field("u16 grid[2][3]", 4, 12),
            Field("struct kvm_item items[4]", 16, 64),
            Field("pointer hooks[2]", 80, 16)),
        Struct("kvm_item", 16, 8, Field("u64 key", 0, 8), Field("u64 value", 8, 8)));

    [Fact]
    public Task Record_bitFields_areProperties() => Snapshot(
        "kvm_bits",
        Struct(
            "kvm_bits", 8, 8,
            Bits("u8 vector", 0, 8, 1), Bits("u8 mode", 8, 3, 1), Bits("s32 delta", 11, 5, 4),
            Bits("u64 destination", 16, 48, 8)));

    [Fact]
    public Task Record_packed_hasPack() => Snapshot(
        "kvm_packed", Struct(
            "kvm_packed", 13, 1, Field("u8 kind", 0, 1), Field("u32 size", 1, 4), Field("u64 at", 5, 8)));

    [Fact]
    public Task Record_pointers_areVoidPointers() => Snapshot(
        "kvm_pointers", Struct(
            "kvm_pointers", 16, 8, Field("pointer data", 0, 8), Field("pointer call", 8, 8)));

    [Fact]
    public Task Record_keywordNames_areEscaped() => Snapshot(
        "record",
        Struct(
            "record", 24, 4,
            Field("u32 in", 0, 4), Field("u32 class", 4, 4), Field("u32 record", 8, 4),
            Field("u32 Equals", 12, 4),
            Field("u8 fixed[4]", 16, 4), Bits("u8 lock", 160, 1, 1)));

    [Fact]
    public Task Record_lowerCaseName_raisesNoWarning() =>
        Snapshot("list", Struct("list", 4, 4, Field("u32 count", 0, 4)));

    [Fact]
    public Task Record_empty_isDocumented() => Snapshot("kvm_empty", Struct("kvm_empty", 0, 1));

    [Fact]
    public Task Record_memberOfEmptyType_isAProperty() => Snapshot(
        "kvm_holder",
        Struct("kvm_empty", 0, 1),
        Struct("kvm_holder", 8, 8, Field("struct kvm_empty nothing", 0, 0), Field("u64 something", 0, 8)));

    [Fact]
    public Task Record_wideIntegers_areInt128() => Snapshot(
        "kvm_wide", Struct("kvm_wide", 48, 16, Field("u128 low", 0, 16), Field("u128 vregs[2]", 16, 32)));

    [Fact]
    public Task Record_union_hasAllMembersAtItsStart() => Snapshot(
        "kvm_any", Union("kvm_any", 8, 8, Field("u64 number", 0, 8), Field("u8 bytes[8]", 0, 8)));

    [Fact]
    public Task Enum_ofC_isAnEnum()
    {
        GeneratorHost host = new(InputText.Of(Model()
            .With(Enum("kvm_kind", ("KVM_KIND_A", "0"), ("KVM_KIND_B", "4294967295")))
            .With(Struct("kvm_typed", 4, 4, Field("enum kvm_kind kind", 0, 4)))));
        host.CompilesWithoutWarnings();
        return Verify(host["kvm_kind"] + host["kvm_typed"] + host["KvmApi.Constants"]).ToTask();
    }

    private static ApiRecord NamedAnonymous() => Struct(
        "kvm_exit", 32, 8,
        Field("u32 reason", 0, 4),
        Inline("", 8, Union(
            "", 24, 8,
            Inline("io", 0, Struct(
                "", 16, 8, Field("u8 size", 0, 1), Field("u16 port", 2, 2), Field("u64 offset", 8, 8))),
            Field("u8 padding[24]", 0, 24))));

    private static Task Snapshot(string name, params ApiRecord[] records)
    {
        GeneratorHost host = new(InputText.Of(Model().With(records)));
        host.CompilesWithoutWarnings();
        return Verify(host[name]).ToTask();
    }
}
