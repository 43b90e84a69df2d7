using System.Buffers.Binary;
using KvmInterop.Machine.Boot;

namespace KvmInterop.Tests.Machine.Boot;

/// <summary>An ELF file with one segment, and a note where wanted; with fields to spoil.</summary>
internal sealed class TestElf
{
    private const int CodeOffset = 0x200;
    private readonly bool is64;

    /// <param name="is64">64 bits or 32.</param>
    /// <param name="code">The segment's content.</param>
    /// <param name="address">Where it is to lie, and begins.</param>
    /// <param name="zeros">Bytes that it has more in memory.</param>
    /// <param name="note">An entry by PVH.</param>
    public TestElf(bool is64, byte[] code, ulong address = 0x100000, uint zeros = 0, uint? note = null)
    {
        this.is64 = is64;
        byte[] noteBytes = note is uint entry ? Note(entry) : [];
        Bytes = new byte[CodeOffset + code.Length + noteBytes.Length];
        "\u007fELF"u8.CopyTo(Bytes);
        Bytes[4] = (byte)(is64 ? 2 : 1);
        Bytes[5] = 1;
        Bytes[6] = 1;
        Put16(16, 2);
        Put16(18, (ushort)(is64 ? 62 : 3));
        Put(Entry, address);
        Put(is64 ? 32 : 28, (ulong)HeaderSize);
        Put16(is64 ? 54 : 42, (ushort)(is64 ? 56 : 32));
        Put16(is64 ? 56 : 44, (ushort)(note is null ? 1 : 2));
        Segment(0, 1, CodeOffset, address, (ulong)code.Length, (ulong)code.Length + zeros);
        code.CopyTo(Bytes, CodeOffset);
        if (note is not null)
        {
            ulong at = (ulong)(CodeOffset + code.Length);
            Segment(1, 4, at, 0, (ulong)noteBytes.Length, (ulong)noteBytes.Length);
            noteBytes.CopyTo(Bytes, (int)at);
        }
    }

    public byte[] Bytes { get; private set; }

    public BootFile File => BootFile.FromBytes("kernel", Bytes);

    /// <summary>Where fields are.</summary>
    public const int Entry = 24;

    public int SegmentOffset => HeaderSize + (is64 ? 8 : 4);

    public int SegmentAddress => HeaderSize + (is64 ? 24 : 12);

    public int SegmentFileSize => HeaderSize + (is64 ? 32 : 16);

    public int SegmentMemorySize => HeaderSize + (is64 ? 40 : 20);

    private int HeaderSize => is64 ? 64 : 52;

    public TestElf Put(int at, ulong value)
    {
        if (is64)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(Bytes.AsSpan(at), value);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(Bytes.AsSpan(at), (uint)value);
        }

        return this;
    }

    public TestElf Put16(int at, ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(Bytes.AsSpan(at), value);
        return this;
    }

    public TestElf CutTo(int length)
    {
        Bytes = Bytes[..length];
        return this;
    }

    private static byte[] Note(uint entry)
    {
        // A note of somebody else first.
        byte[] bytes = [4, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, .. "GNU\0"u8, 1, 2, 0, 0,
            4, 0, 0, 0, 8, 0, 0, 0, 18, 0, 0, 0, .. "Xen\0"u8, 0, 0, 0, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(bytes.Length - 8), entry);
        return bytes;
    }

    private void Segment(int index, uint type, ulong offset, ulong address, ulong size, ulong memory)
    {
        int at = HeaderSize + (index * (is64 ? 56 : 32));
        BinaryPrimitives.WriteUInt32LittleEndian(Bytes.AsSpan(at), type);
        Put(at + (is64 ? 8 : 4), offset);
        Put(at + (is64 ? 16 : 8), address);
        Put(at + (is64 ? 24 : 12), address);
        Put(at + (is64 ? 32 : 16), size);
        Put(at + (is64 ? 40 : 20), memory);
    }
}
