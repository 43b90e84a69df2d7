using System.Buffers.Binary;

namespace KvmInterop.Machine.Acpi;

/// <summary>
/// What a device uses, as descriptors for its <c>_CRS</c> (ACPI 6.5, 6.4): ports, memory, interrupts.
/// </summary>
public static class AmlResources
{
    private const byte IoDescriptor = 0x47;
    private const byte Memory32FixedDescriptor = 0x86;
    private const byte DWordSpaceDescriptor = 0x87;
    private const byte WordSpaceDescriptor = 0x88;
    private const byte ExtendedInterruptDescriptor = 0x89;
    private const byte EndTag = 0x79;
    private const byte Decode16 = 1;
    private const byte ReadWrite = 1;

    // Address spaces (6.4.3.5): bit 2 and 3 say that both ends are fixed, bit 0 consumer, not set: producer.
    private const byte MemoryRange = 0;
    private const byte IoRange = 1;
    private const byte BusNumberRange = 2;
    private const byte BothEndsFixed = 0x0c;
    private const byte WholeIoRange = 3;

    /// <summary>All of them, with their end, as the buffer that <c>_CRS</c> is.</summary>
    public static byte[] Template(params ReadOnlySpan<byte[]> descriptors) =>
        Aml.Buffer([.. Aml.Join(descriptors), EndTag, 0]); // A checksum of 0 is not checked (6.4.2.9).

    /// <summary>I/O ports.</summary>
    /// <param name="port">The first.</param>
    /// <param name="count">How many.</param>
    public static byte[] Io(ushort port, byte count) =>
    [
        IoDescriptor, Decode16, (byte)port, (byte)(port >> 8), (byte)port, (byte)(port >> 8), 1, count,
    ];

    /// <summary>An interrupt, active high and for this device alone.</summary>
    /// <param name="gsi">Its number.</param>
    /// <param name="isEdge">By edge, not by level.</param>
    public static byte[] Interrupt(uint gsi, bool isEdge)
    {
        const byte Consumer = 1;
        const byte Edge = 1 << 1;
        byte[] bytes = [ExtendedInterruptDescriptor, 6, 0, (byte)(Consumer | (isEdge ? Edge : 0)), 1, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(5), gsi);
        return bytes;
    }

    /// <summary>Memory below 4 GiB, for reading and writing.</summary>
    public static byte[] Memory(uint address, uint size)
    {
        byte[] bytes = new byte[12];
        bytes[0] = Memory32FixedDescriptor;
        bytes[1] = 9;
        bytes[3] = ReadWrite;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), address);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), size);
        return bytes;
    }

    /// <summary>Numbers of buses that a bridge gives out.</summary>
    public static byte[] BusNumbers(byte first, byte last) => WordSpace(BusNumberRange, 0, first, last);

    /// <summary>Ports that a bridge gives out.</summary>
    public static byte[] IoWindow(ushort first, ushort last) => WordSpace(IoRange, WholeIoRange, first, last);

    /// <summary>Memory below 4 GiB that a bridge gives out, not cached.</summary>
    public static byte[] MemoryWindow(uint first, uint last)
    {
        byte[] bytes = new byte[26];
        bytes[0] = DWordSpaceDescriptor;
        bytes[1] = 23;
        bytes[3] = MemoryRange;
        bytes[4] = BothEndsFixed;
        bytes[5] = ReadWrite;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(10), first);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(14), last);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(22), last - first + 1);
        return bytes;
    }

    private static byte[] WordSpace(byte kind, byte flags, ushort first, ushort last)
    {
        byte[] bytes = new byte[16];
        bytes[0] = WordSpaceDescriptor;
        bytes[1] = 13;
        bytes[3] = kind;
        bytes[4] = BothEndsFixed;
        bytes[5] = flags;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), first);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(10), last);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(14), (ushort)(last - first + 1));
        return bytes;
    }
}
