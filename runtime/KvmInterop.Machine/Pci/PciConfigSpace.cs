using System.Buffers.Binary;

namespace KvmInterop.Machine.Pci;

/// <summary>
/// The 256 bytes of a function's configuration space: values, which bits a guest can write, and which it
/// clears by writing ones.
/// </summary>
/// <remarks>Little-endian. Its user locks: while guests run, only <see cref="PciFunction"/>'s overrides, which
/// are called under the bus's lock, touch it.</remarks>
public sealed class PciConfigSpace
{
    private readonly byte[] values = new byte[PciRegisters.Size];
    private readonly byte[] writable = new byte[PciRegisters.Size];
    private readonly byte[] clearable = new byte[PciRegisters.Size];

    /// <summary>All of it, to be looked at.</summary>
    public ReadOnlySpan<byte> Values => values;

    /// <summary>A byte, as the device sets it, whatever a guest may write.</summary>
    /// <param name="offset">0 to 255.</param>
    public byte this[int offset]
    {
        get => values[offset];
        set => values[offset] = value;
    }

    /// <summary>2 bytes.</summary>
    /// <param name="offset">0 to 254.</param>
    public ushort GetUInt16(int offset) => BinaryPrimitives.ReadUInt16LittleEndian(values.AsSpan(offset));

    /// <summary>4 bytes.</summary>
    /// <param name="offset">0 to 252.</param>
    public uint GetUInt32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(values.AsSpan(offset));

    /// <summary>Sets 2 bytes, whatever a guest may write.</summary>
    /// <param name="offset">0 to 254.</param>
    /// <param name="value">The value.</param>
    public void SetUInt16(int offset, ushort value) =>
        BinaryPrimitives.WriteUInt16LittleEndian(values.AsSpan(offset), value);

    /// <summary>Sets 4 bytes, whatever a guest may write.</summary>
    /// <param name="offset">0 to 252.</param>
    /// <param name="value">The value.</param>
    public void SetUInt32(int offset, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(values.AsSpan(offset), value);

    /// <summary>Says which bits of 2 bytes a guest can write. None at first.</summary>
    /// <param name="offset">0 to 254.</param>
    /// <param name="mask">Ones for those.</param>
    public void AllowUInt16(int offset, ushort mask) =>
        BinaryPrimitives.WriteUInt16LittleEndian(writable.AsSpan(offset), mask);

    /// <summary>Says which bits of 4 bytes a guest can write.</summary>
    /// <param name="offset">0 to 252.</param>
    /// <param name="mask">Ones for those.</param>
    public void AllowUInt32(int offset, uint mask) =>
        BinaryPrimitives.WriteUInt32LittleEndian(writable.AsSpan(offset), mask);

    /// <summary>Says that a guest can write some bytes wholly.</summary>
    /// <param name="offset">The first.</param>
    /// <param name="length">How many.</param>
    public void Allow(int offset, int length) => writable.AsSpan(offset, length).Fill(byte.MaxValue);

    internal void AllowClearing(int offset, ushort mask) =>
        BinaryPrimitives.WriteUInt16LittleEndian(clearable.AsSpan(offset), mask);

    internal void GuestReads(int offset, Span<byte> data) => values.AsSpan(offset, data.Length).CopyTo(data);

    internal void GuestWrites(int offset, ReadOnlySpan<byte> data)
    {
        for (int i = 0; i < data.Length; i++)
        {
            int place = offset + i;
            byte kept = (byte)(values[place] & ~writable[place] & ~(clearable[place] & data[i]));
            values[place] = (byte)(kept | (data[i] & writable[place]));
        }
    }

    /// <summary>Takes what guests can change from a saved space; the rest stays.</summary>
    internal void Restore(ReadOnlySpan<byte> saved)
    {
        for (int i = 0; i < values.Length; i++)
        {
            int changeable = writable[i] | clearable[i];
            values[i] = (byte)((values[i] & ~changeable) | (saved[i] & changeable));
        }
    }
}
