using System;

namespace KvmInterop.Native;

/// <summary>
/// A member of a C record, as <c>offsetof</c> names it. The macros that ask for one take it as
/// <c>kvm_regs_member.regs.pc</c>, where C has <c>regs.pc</c>.
/// </summary>
/// <typeparam name="TRecord">The record, so that a member of another one does not compile.</typeparam>
/// <param name="Offset">Bytes from the start of the record.</param>
public readonly record struct KvmMember<TRecord>(uint Offset)
    where TRecord : unmanaged;

/// <summary>A member that is a number, and so can be a register.</summary>
/// <typeparam name="TRecord">The record that has it.</typeparam>
/// <param name="Offset">Bytes from the start of the record.</param>
/// <param name="Size">Bytes: 1, 2, 4, 8 or 16.</param>
public readonly record struct KvmScalarMember<TRecord>(uint Offset, uint Size)
    where TRecord : unmanaged
{
    /// <summary>A number is a member like any other where only its place is asked for.</summary>
    public static implicit operator KvmMember<TRecord>(KvmScalarMember<TRecord> member) =>
        new(member.Offset);
}

/// <summary>A member that is an array of numbers.</summary>
/// <typeparam name="TRecord">The record that has it.</typeparam>
/// <param name="Offset">Bytes from the start of the record.</param>
/// <param name="Size">Bytes of one element: 1, 2, 4, 8 or 16.</param>
/// <param name="Length">Number of elements.</param>
public readonly record struct KvmArrayMember<TRecord>(uint Offset, uint Size, int Length)
    where TRecord : unmanaged
{
    /// <summary>An element: <c>regs.regs[5]</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The array has no such element.</exception>
    public KvmScalarMember<TRecord> this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Length, nameof(index));
            return new(Offset + ((uint)index * Size), Size);
        }
    }

    /// <summary>The place of an array is that of its first element.</summary>
    public static implicit operator KvmMember<TRecord>(KvmArrayMember<TRecord> member) =>
        new(member.Offset);
}
