using System;
using System.Runtime.InteropServices;

namespace KvmInterop.Native;

/// <summary>
/// Bit-fields of C, which C# does not have. Every access goes through a span, and so cannot leave the record.
/// </summary>
internal static class KvmBits
{
    /// <summary>Reads a bit-field.</summary>
    /// <param name="record">The record that has it.</param>
    /// <param name="offset">Its first bit, counted from the start of the record.</param>
    /// <param name="width">Its number of bits.</param>
    /// <param name="mostFirst">Whether the bits of a byte are counted from its most significant one.</param>
    public static ulong Read<T>(in T record, int offset, int width, bool mostFirst)
        where T : unmanaged
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in record));
        ulong value = 0;
        for (int done = 0; done < width;)
        {
            int bit = (offset + done) % 8;
            int take = Math.Min(8 - bit, width - done);
            int shift = mostFirst ? 8 - bit - take : bit;
            ulong part = (ulong)(bytes[(offset + done) / 8] >> shift) & ((1UL << take) - 1);
            value = mostFirst ? (value << take) | part : value | (part << done);
            done += take;
        }

        return value;
    }

    /// <summary>Reads a bit-field whose highest bit is its sign.</summary>
    public static long ReadSigned<T>(in T record, int offset, int width, bool mostFirst)
        where T : unmanaged =>
        unchecked((long)(Read(in record, offset, width, mostFirst) << (64 - width))) >> (64 - width);

    /// <summary>Writes the low bits of a value into a bit-field, and leaves its neighbours alone.</summary>
    public static void Write<T>(ref T record, int offset, int width, bool mostFirst, ulong value)
        where T : unmanaged
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(new Span<T>(ref record));
        for (int done = 0; done < width;)
        {
            int bit = (offset + done) % 8;
            int take = Math.Min(8 - bit, width - done);
            int shift = mostFirst ? 8 - bit - take : bit;
            ulong part = mostFirst ? value >> (width - done - take) : value >> done;
            uint mask = ((1u << take) - 1) << shift;
            ref byte target = ref bytes[(offset + done) / 8];
            target = (byte)((target & ~mask) | (((uint)(part & 0xFF) << shift) & mask));
            done += take;
        }
    }
}
