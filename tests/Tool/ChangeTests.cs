using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Diff;
using static KvmInterop.Tests.Tool.Small;

namespace KvmInterop.Tests.Tool;

/// <summary>Every kind of change, each by the smallest pair of models that has it.</summary>
public class ChangeTests
{
    private static readonly ApiField A = Field("a", "u32", 0, 4);

    [Fact]
    public void Between_sameModels_findsNothing()
    {
        ApiDocument model = Model(
            Struct("s", 8, A), Enum("e", ("M", "1")), Constant("C", "1"), Ioctl("I", 0x4008ae01, "struct s"));
        Assert.Empty(ModelDiff.Between(model, model));
    }

    [Fact]
    public void Record_added_breaksNothing() => Expect(
        Model(), Model(Struct("s", 4, A)), "record s added -> struct of 4 bytes, 1 member: nothing",
        "field s.a added -> u32 at 0, 4 bytes: nothing");

    [Fact]
    public void Record_removed_breaksSource() => Expect(
        Model(Struct("s", 4, A)), Model(), "record s removed struct of 4 bytes, 1 member -> : source",
        "field s.a removed u32 at 0, 4 bytes -> : source");

    [Fact]
    public void Record_thatBecameUnion_breaksBoth() => Expect(
        Model(Struct("s", 4, A)), Model(Union("s", 4, A)),
        "record s retyped struct -> union: source and binary");

    [Fact]
    public void Record_otherAlignment_breaksBinary() => Expect(
        Model(Struct("s", 8, A)), Model(Struct("s", 8, A) with { Align = 8 }),
        "record s realigned 4 bytes -> 8 bytes: binary");

    [Fact]
    public void Field_addedAtTheEnd_breaksBinaryBySize() => Expect(
        Model(Struct("s", 4, A)), Model(Struct("s", 8, A, Field("b", "u32", 4, 4))),
        "record s resized 4 bytes -> 8 bytes: binary",
        "field s.b added -> u32 at 4, 4 bytes: nothing");

    [Fact]
    public void Field_addedInPadding_breaksNothing() => Expect(
        Model(Struct("s", 8, A)), Model(Struct("s", 8, A, Field("b", "u16", 4, 2))),
        "field s.b added -> u16 at 4, 2 bytes: nothing");

    [Fact]
    public void Field_removed_breaksSource() => Expect(
        Model(Struct("s", 8, A, Field("b", "u32", 4, 4))), Model(Struct("s", 8, A)),
        "field s.b removed u32 at 4, 4 bytes -> : source");

    [Fact]
    public void Field_renamed_isRemovedAndAddedInItsPlace()
    {
        Change removed = ModelDiff.Between(
            Model(Struct("s", 4, A)), Model(Struct("s", 4, Field("b", "u32", 0, 4)))).First();
        Assert.Equal((ChangeKind.Removed, "s.b has its place"), (removed.Kind, removed.Note));
    }

    [Fact]
    public void Field_moved_breaksBinary() => Expect(
        Model(Struct("s", 8, A)), Model(Struct("s", 8, Field("a", "u32", 4, 4))),
        "field s.a moved 0 -> 4: binary");

    [Fact]
    public void Field_ofOtherSign_breaksSource() => Expect(
        Model(Struct("s", 4, A)), Model(Struct("s", 4, Field("a", "s32", 0, 4))),
        "field s.a retyped u32 -> s32: source");

    [Fact]
    public void Field_wider_breaksBoth() => Expect(
        Model(Struct("s", 8, A)), Model(Struct("s", 8, Field("a", "u64", 0, 8))),
        "field s.a resized u32, 4 bytes -> u64, 8 bytes: source and binary");

    [Fact]
    public void Array_longer_breaksBinaryOnly() => Expect(
        Model(Struct("s", 8, Field("a", "u8[4]", 0, 4))), Model(Struct("s", 8, Field("a", "u8[8]", 0, 8))),
        "field s.a resized u8[4], 4 bytes -> u8[8], 8 bytes: binary");

    [Fact]
    public void Array_shorter_breaksBoth() => Expect(
        Model(Struct("s", 8, Field("a", "u8[8]", 0, 8))), Model(Struct("s", 8, Field("a", "u8[4]", 0, 4))),
        "field s.a resized u8[8], 8 bytes -> u8[4], 4 bytes: source and binary");

    [Theory]
    [InlineData("pad")]
    [InlineData("padding1")]
    [InlineData("__reserved")]
    public void Reserved_thatGaveRoomToANewMember_breaksNothing(string name) => Expect(
        Model(Struct("s", 8, Field(name, "u8[8]", 0, 8))),
        Model(Struct("s", 8, A, Field(name, "u8[4]", 4, 4))),
        "field s.a added -> u32 at 0, 4 bytes: nothing",
        $"field s.{name} moved 0 -> 4: nothing",
        $"field s.{name} resized u8[8], 8 bytes -> u8[4], 4 bytes: nothing");

    [Fact]
    public void Reserved_inARecordThatGrew_breaksBinary() => Expect(
        Model(Struct("s", 8, Field("pad", "u8[8]", 0, 8))),
        Model(Struct("s", 9, Field("pad", "u8[9]", 0, 9))),
        "record s resized 8 bytes -> 9 bytes: binary",
        "field s.pad resized u8[8], 8 bytes -> u8[9], 9 bytes: binary");

    [Fact]
    public void Flexible_otherSpelling_isNoChange() => Expect(
        Model(Struct("s", 4, A, Field("f", "u8[0]", 4, 0))),
        Model(Struct("s", 4, A, Field("f", "u8[]", 4, 0))));

    [Fact]
    public void BitField_movedAndWider_breaksBinary() => Expect(
        Model(Struct("s", 1, Bits("b", 1, 2))), Model(Struct("s", 1, Bits("b", 2, 3))),
        "field s.b moved 0:1 -> 0:2: binary",
        "field s.b resized u8, 2 bits -> u8, 3 bits: binary");

    [Fact]
    public void Member_putIntoAnUnnamedUnion_isNoChange() => Expect(
        Model(Struct("s", 4, A)), Model(Struct("s", 4, Inner("", 0, Union("", 4, A)))));

    [Fact]
    public void Inner_moved_takesItsMembersWithIt()
    {
        ApiRecord inner = Struct("", 4, A);
        Change[] changes =
        [
            .. ModelDiff.Between(
                Model(Struct("s", 16, Inner("i", 0, inner))), Model(Struct("s", 16, Inner("i", 8, inner)))),
        ];
        Assert.Equal(["s.i", "s.i.a"], changes.Select(change => change.Name));
        Assert.Equal(["", "s.i"], changes.Select(change => change.PartOf));
    }

    [Fact]
    public void Inner_structThatBecameUnion_keepsItsNames() => Expect(
        Model(Struct("s", 4, Inner("i", 0, Struct("", 4, A)))),
        Model(Struct("s", 4, Inner("i", 0, Union("", 4, A)))),
        "field s.i retyped struct -> union: nothing");

    [Fact]
    public void Constant_changes() => Expect(
        Model(Constant("GONE", "1"), Constant("OTHER", "1"), Constant("WIDER", "1")),
        Model(Constant("NEW", "7"), Constant("OTHER", "2"), Constant("WIDER", "1", "u64")),
        "constant GONE removed 1 -> : source",
        "constant NEW added -> 7: nothing",
        "constant OTHER renumbered 1 -> 2: source and binary",
        "constant WIDER retyped s32 -> u64: source");

    [Fact]
    public void Enum_changes() => Expect(
        Model(Enum("gone", ("G", "1")), Enum("e", ("E_OLD", "1"), ("E_MAX", "2"))),
        Model(Enum("new", ("N", "1")), Enum("e", ("E_NEW", "1"), ("E_MAX", "3"))),
        "enum gone removed u32, 1 member -> : source",
        "enum new added -> u32, 1 member: nothing",
        "enum member E_MAX renumbered 2 -> 3: source and binary",
        "enum member E_NEW added -> 1 of enum e: nothing",
        "enum member E_OLD removed 1 of enum e -> : source",
        "enum member G removed 1 of enum gone -> : source",
        "enum member N added -> 1 of enum new: nothing");

    [Fact]
    public void Enum_otherType_breaksBySizeToo() => Expect(
        Model(Enum("e"), Enum("f")), Model(Enum("e") with { Type = "s32" }, Enum("f") with { Type = "u64" }),
        "enum e retyped u32 -> s32: source",
        "enum f retyped u32 -> u64: source and binary");

    [Theory]
    [InlineData("1", "constant M redeclared an enum's member -> a macro: nothing")]
    [InlineData("2", "constant M renumbered 1 -> 2: source and binary")]
    public void EnumMember_thatBecameAMacro_isToldOnce(string value, string change) =>
        Expect(Model(Enum("e", ("M", "1"))), Model(Enum("e"), Constant("M", value)), change);

    [Fact]
    public void Macro_thatBecameAnEnumMember_isToldOnce() => Expect(
        Model(Enum("e"), Constant("M", "1")), Model(Enum("e", ("M", "1"))),
        "constant M redeclared a macro -> an enum's member: nothing");

    [Fact]
    public void Ioctl_changes() => Expect(
        Model(Struct("s", 8, A), Struct("t", 8, A), Ioctl("GONE", 0xae01), Ioctl("NUMBER", 0xae02),
            Ioctl("TYPE", 0x4008ae03, "struct s")),
        Model(Struct("s", 8, A), Struct("t", 8, A), Ioctl("NEW", 0xae05), Ioctl("NUMBER", 0xae04),
            Ioctl("TYPE", 0x4008ae03, "struct t")),
        "ioctl GONE removed 0x0000ae01 = _IO(KVMIO, 1) -> : source",
        "ioctl NEW added -> 0x0000ae05 = _IO(KVMIO, 5): nothing",
        "ioctl NUMBER renumbered 0x0000ae02 -> 0x0000ae04: source and binary",
        "ioctl TYPE retyped struct s -> struct t: source");

    [Fact]
    public void Ioctl_whoseRecordThisArchitectureLost_isRemoved()
    {
        const string reason = "needs struct s, which this architecture does not have";
        Change change = Assert.Single(
            ModelDiff.Between(Model(Ioctl("I", 0xae01)), Model(Skipped("I", reason))));
        Assert.Equal((ChangeKind.Removed, Breaks.Source), (change.Kind, change.Breaks));
        Assert.Equal($"the macro is still there, but {reason}", change.Note);
    }

    [Fact]
    public void Ioctl_ofOtherArchitectures_isNoChange() => Expect(
        Model(Skipped("GONE", "needs struct s, which this architecture does not have")),
        Model(Skipped("NEW", "needs struct t, which this architecture does not have")));

    [Fact]
    public void Function_changes() => Expect(
        Model(Function("GONE", "x", "u64", "x"), Function("OTHER", "x", "u64", "x"),
            Function("SAME", "x", "u64", "(add u64 x 1)"), Function("TYPE", "x", "u64", "x"),
            Skipped("UNKNOWN", "function-like macro")),
        Model(Function("OTHER", "x", "u64", "(add u64 x 1)"), Function("SAME", "y", "u64", "(add u64 y 1)"),
            Function("TYPE", "x", "u32", "(cast u32 u64 x)"),
            Function("UNKNOWN", "x", "u64", "x")),
        "function GONE removed u64 GONE(u64 x) -> : source",
        "function OTHER renumbered x -> x + 1: source and binary",
        "function TYPE renumbered x -> (u32)x: source and binary",
        "function TYPE retyped u64 TYPE(u64 x) -> u32 TYPE(u64 x): source");

    [Fact]
    public void Flag_comesAndGoes_breaksNothing() => Expect(
        Model(Skipped("__KVM_HAVE_OLD", "empty")), Model(Skipped("__KVM_HAVE_NEW", "empty")),
        "macro __KVM_HAVE_NEW added -> empty: nothing",
        "macro __KVM_HAVE_OLD removed empty -> : nothing");

    [Fact]
    public void Constant_thatLostItsValue_breaksSource() => Expect(
        Model(Constant("C", "1"), Skipped("D", "empty")),
        Model(Skipped("C", "needs PAGE_SIZE, which the headers do not define"), Constant("D", "1")),
        "constant C removed 1 -> : source",
        "constant D added -> 1: nothing");

    private static void Expect(ApiDocument old, ApiDocument @new, params string[] expected) =>
        Assert.Equal(expected, ModelDiff.Between(old, @new).Select(Describe));

    private static string Describe(Change change) =>
        $"{ChangeWords.Of(change.Subject)} {change.Name} {ChangeWords.Of(change.Kind)} "
        + $"{change.Old}{(change.Old.Length > 0 ? " " : "")}-> {change.New}: {ChangeWords.Of(change.Breaks)}";
}
