using System.Buffers.Binary;
using System.Text;

namespace KvmInterop.Machine.Acpi;

/// <summary>
/// A system description table: the header that all have (ACPI 6.5, 5.2.6), its content and the checksum.
/// </summary>
public sealed class AcpiTable
{
    /// <summary>Bytes of the header.</summary>
    public const int HeaderSize = 36;

    private const int LengthAt = 4;
    private const int RevisionAt = 8;
    private const int ChecksumAt = 9;
    private const int OemIdAt = 10;
    private const int OemTableIdAt = 16;
    private const int OemRevisionAt = 24;
    private const int CreatorIdAt = 28;
    private const int CreatorRevisionAt = 32;

    private readonly byte[] bytes;

    /// <summary>A table of zeros, or of this content.</summary>
    /// <param name="signature">Four letters.</param>
    /// <param name="revision">Of the table's form.</param>
    /// <param name="content">What comes behind the header.</param>
    public AcpiTable(string signature, byte revision, params ReadOnlySpan<byte> content)
    {
        ArgumentNullException.ThrowIfNull(signature);
        ArgumentOutOfRangeException.ThrowIfNotEqual(signature.Length, 4);
        bytes = new byte[HeaderSize + content.Length];
        Put(0, signature);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(LengthAt), (uint)bytes.Length);
        bytes[RevisionAt] = revision;
        Put(OemIdAt, "KVMINT");
        Put(OemTableIdAt, "KVMINTEROP"[..8]);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(OemRevisionAt), 1);
        Put(CreatorIdAt, "KVMI");
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(CreatorRevisionAt), 1);
        content.CopyTo(bytes.AsSpan(HeaderSize));
    }

    /// <summary>Bytes, with the header.</summary>
    public int Length => bytes.Length;

    /// <summary>Changes a byte; offsets are from the header's start.</summary>
    public void SetByte(int offset, byte value) => bytes[offset] = value;

    /// <summary>Changes 16 bits.</summary>
    public void SetUInt16(int offset, ushort value) =>
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(offset), value);

    /// <summary>Changes 32 bits.</summary>
    public void SetUInt32(int offset, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(offset), value);

    /// <summary>Changes 64 bits.</summary>
    public void SetUInt64(int offset, ulong value) =>
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(offset), value);

    /// <summary>Where a register is: a port of one byte (generic address structure, 5.2.3.2).</summary>
    public void SetPort(int offset, ushort port)
    {
        const byte SystemIo = 1;
        const byte BitWidth = 8;
        const byte ByteAccess = 1;
        bytes[offset] = SystemIo;
        bytes[offset + 1] = BitWidth;
        bytes[offset + 2] = 0;
        bytes[offset + 3] = ByteAccess;
        SetUInt64(offset + 4, port);
    }

    /// <summary>The table, with a checksum that makes all bytes add up to 0.</summary>
    public byte[] ToBytes()
    {
        byte[] copy = [.. bytes];
        copy[ChecksumAt] = 0;
        copy[ChecksumAt] = Checksum(copy);
        return copy;
    }

    /// <summary>What is missing to a sum of 0.</summary>
    internal static byte Checksum(ReadOnlySpan<byte> bytes)
    {
        byte sum = 0;
        foreach (byte each in bytes)
        {
            sum += each;
        }

        return (byte)-sum;
    }

    private void Put(int offset, string text) => Encoding.ASCII.GetBytes(text, bytes.AsSpan(offset));
}
