namespace KvmInterop.ApiModel;

/// <summary>All that one architecture's <c>linux/kvm.h</c> says: the content of one <c>*.api.json</c>
/// file.</summary>
/// <param name="Architecture">Lower-case name: x64, arm64, riscv64, s390x, ppc64le, mips64 or
/// loongarch64.</param>
/// <param name="LinuxVersion"><c>linux/version.h</c> of the tree as <c>a.b.c</c>; empty where the tree has
/// none.</param>
internal sealed record ApiDocument(
    string Architecture,
    string LinuxVersion,
    EquatableArray<ApiRecord> Records,
    EquatableArray<ApiEnum> Enums,
    EquatableArray<ApiConstant> Constants,
    EquatableArray<ApiIoctl> Ioctls,
    EquatableArray<ApiFunction> Functions,
    EquatableArray<ApiSkipped> Skipped)
{
    /// <summary>The version of the JSON form that this source reads and writes.</summary>
    public const int SchemaVersion = 1;
}

/// <summary>A struct or a union.</summary>
/// <param name="Name">C tag, or the typedef's name of an untagged record; empty for a record that only a
/// member has.</param>
/// <param name="Kind"><c>struct</c> or <c>union</c>.</param>
/// <param name="Size">Bytes, as C's <c>sizeof</c>; 0 for an empty GNU C struct.</param>
/// <param name="Align">Bytes, as C's <c>_Alignof</c>.</param>
/// <param name="Header">The header that declares it, relative to its include folder:
/// <c>asm/kvm.h</c>.</param>
/// <param name="Fields">Members in order of declaration.</param>
internal sealed record ApiRecord(
    string Name, string Kind, long Size, int Align, string Header, EquatableArray<ApiField> Fields);

/// <summary>A member of a record.</summary>
/// <param name="Name">C name; empty for an anonymous struct or union, whose members are reached as the
/// parent's.</param>
/// <param name="C">The C declaration, in our own normal form: <c>__u8 pad[4]</c>, <c>struct { ... }
/// io</c>.</param>
/// <param name="BitOffset">Bits from the start of the record that directly holds it (for s390x, from the most
/// significant end, as libclang counts); a multiple of 8 unless it is a bit-field.</param>
/// <param name="BitWidth">Width of a bit-field in bits, otherwise -1.</param>
/// <param name="Size">Bytes; 0 for a flexible array; the declared type's size for a bit-field.</param>
internal sealed record ApiField(string Name, string C, ApiType Type, long BitOffset, int BitWidth, long Size)
{
    public long Offset => BitOffset / 8;

    public bool IsBitField => BitWidth >= 0;
}

/// <summary>The type of a member or of an ioctl's argument.</summary>
/// <param name="Name">
/// A scalar (<c>u8 u16 u32 u64 u128 s8 s16 s32 s64 s128 char bool ulong slong f32 f64</c>; <c>ulong</c> and
/// <c>slong</c>
/// are C's <c>unsigned long</c> and <c>long</c>, <c>char</c> is C's plain <c>char</c>), <c>pointer</c>,
/// <c>struct NAME</c>, <c>union NAME</c>, <c>enum NAME</c>, or <c>inline</c>.
/// </param>
/// <param name="Dims">Array dimensions from the outermost; -1 is a flexible array (<c>[]</c>), 0 a
/// zero-length one.</param>
/// <param name="Inline">The record that only this member has, when <paramref name="Name"/> is
/// <c>inline</c>.</param>
internal sealed record ApiType(string Name, EquatableArray<long> Dims, ApiRecord? Inline)
{
    public bool IsFlexible => Dims.Length > 0 && Dims[0] <= 0;
}

/// <param name="Name">C tag; empty for an enum without one.</param>
/// <param name="Type">Scalar name of the type that the compiler chose.</param>
internal sealed record ApiEnum(
    string Name, string Type, string Header, EquatableArray<ApiEnumMember> Members);

/// <param name="Value">Decimal digits with a sign if negative: 64-bit values of both signs occur.</param>
internal sealed record ApiEnumMember(string Name, string Value);

/// <summary>A macro that is a constant expression and no ioctl request.</summary>
/// <param name="Type">Scalar name of its expression's C type (<c>s32 u32 slong ulong s64 u64</c>), or
/// <c>string</c>.</param>
/// <param name="Value">Decimal digits, or the text of a string.</param>
internal sealed record ApiConstant(string Name, string Type, string Value, string Header);

/// <summary>A macro made by <c>_IO</c>, <c>_IOR</c>, <c>_IOW</c> or <c>_IOWR</c>.</summary>
/// <param name="Value">The request number, as the kernel sees it: 32 bits.</param>
/// <param name="Direction"><c>none</c>, <c>read</c>, <c>write</c> or <c>readwrite</c>, as the macro encodes
/// it. Not what
/// the kernel does with the argument.</param>
/// <param name="Number">The <c>nr</c> byte.</param>
/// <param name="Size">The encoded size of the argument, bytes.</param>
/// <param name="Argument">The type that the macro names; null for <c>_IO</c>.</param>
/// <param name="C">Our normal form of the macro: <c>_IOR(0xAE, 0x81, struct kvm_regs)</c>.</param>
internal sealed record ApiIoctl(
    string Name, uint Value, string Direction, int Number, int Size,
    ApiType? Argument, string C, string Header);

/// <summary>A macro of the headers that is in none of the other lists, and why.</summary>
internal sealed record ApiSkipped(string Name, string Reason, string Header);
