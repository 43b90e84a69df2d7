using System.Buffers.Binary;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// A saved state as bytes, all little-endian: a header of 32 bytes, a table of 16 bytes for each section, and
/// the sections one after the other.
/// </summary>
/// <remarks>
/// <code>
///  0  8  magic            16  4  sections            table:  4  section's number
///  8  2  version          20  4  CRC-32C of all              4  instance
/// 10  2  kind                    other bytes                 8  length
/// 12  4  architecture     24  8  length of all
/// </code>
/// There is one way to write a state, so equal states are equal bytes. The sum finds accidents, not
/// forgeries: whatever it says, each length is checked against what there is, and nothing is allocated for
/// one that is not.
/// </remarks>
internal static class StateFormat
{
    internal const int HeaderSize = 32;
    internal const int EntrySize = 16;

    /// <summary>Raised with every change that older readers would misunderstand.</summary>
    internal const ushort Version = 2;

    // Some for each vCPU, of which no VM has as many as VmState allows; beyond that they are made up, and each
    // takes more memory here than its 16 bytes there.
    private const int MostSections = 1 << 18;

    private const int SumOffset = 20;

    private static ReadOnlySpan<byte> Magic => "KVMSTATE"u8;

    internal static byte[] Write(StateSections state)
    {
        int size = HeaderSize + (state.All.Count * EntrySize)
            + state.All.Sum(section => section.Bytes.Length);
        byte[] bytes = new byte[size];
        Span<byte> header = bytes;
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt16LittleEndian(header[8..], Version);
        BinaryPrimitives.WriteUInt16LittleEndian(header[10..], (ushort)state.Kind);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], (uint)state.Architecture);
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], (uint)state.All.Count);
        BinaryPrimitives.WriteUInt64LittleEndian(header[24..], (ulong)size);
        Span<byte> table = header[HeaderSize..];
        Span<byte> rest = table[(state.All.Count * EntrySize)..];
        foreach (StateSections.Section section in state.All)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(table, (uint)section.Id);
            BinaryPrimitives.WriteUInt32LittleEndian(table[4..], section.Instance);
            BinaryPrimitives.WriteUInt64LittleEndian(table[8..], (ulong)section.Bytes.Length);
            table = table[EntrySize..];
            section.Bytes.CopyTo(rest);
            rest = rest[section.Bytes.Length..];
        }

        BinaryPrimitives.WriteUInt32LittleEndian(header[SumOffset..], SumOf(bytes));
        return bytes;
    }

    /// <exception cref="StateException">They are no state of this kind, or damaged.</exception>
    internal static StateSections Read(ReadOnlySpan<byte> bytes, StateKind kind)
    {
        if (bytes.Length < HeaderSize || !bytes.StartsWith(Magic))
        {
            throw new StateException(
                "these bytes are no saved state of KvmInterop, or only the start of one");
        }

        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]);
        if (version != Version)
        {
            throw new StateException(
                $"the saved state has version {version} of the format, and this library reads version "
                + $"{Version}; restore it with the library that saved it");
        }

        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]);
        if (size != (ulong)bytes.Length)
        {
            throw new StateException(
                $"the saved state has {bytes.Length:#,0} bytes and should have {size:#,0}; it was cut off or "
                + "added to");
        }

        if (SumOf(bytes) != BinaryPrimitives.ReadUInt32LittleEndian(bytes[SumOffset..]))
        {
            throw new StateException(
                "the saved state is damaged: its CRC-32C is not the one it was saved with");
        }

        ushort found = BinaryPrimitives.ReadUInt16LittleEndian(bytes[10..]);
        if (found != (ushort)kind)
        {
            throw new StateException(
                $"the saved state is of kind {found} and not of a {kind} ({(ushort)kind})");
        }

        return ReadSections(bytes, kind);
    }

    private static StateSections ReadSections(ReadOnlySpan<byte> bytes, StateKind kind)
    {
        KvmArchitecture architecture = (KvmArchitecture)BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]);
        ReadOnlySpan<byte> table = bytes[HeaderSize..];
        if (count > (uint)(table.Length / EntrySize) || count > MostSections)
        {
            throw new StateException(
                $"the saved state speaks of {count:#,0} sections, more than it has room for, or than any has");
        }

        ReadOnlySpan<byte> rest = table[((int)count * EntrySize)..];
        StateSections state = new(kind, architecture);
        for (; count > 0; count--, table = table[EntrySize..])
        {
            StateSection id = (StateSection)BinaryPrimitives.ReadUInt32LittleEndian(table);
            uint instance = BinaryPrimitives.ReadUInt32LittleEndian(table[4..]);
            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(table[8..]);
            if (length > (ulong)rest.Length)
            {
                throw new StateException(
                    $"the saved state's section {id} goes {length:#,0} bytes beyond its start");
            }

            if (!Enum.IsDefined(id) || state.Has(id, instance))
            {
                throw new StateException(
                    $"the saved state has a section {(uint)id} ({instance}) that is unknown or there twice; "
                    + "restore it with the library that saved it");
            }

            state.Add(id, rest[..(int)length].ToArray(), instance);
            rest = rest[(int)length..];
        }

        return rest.IsEmpty
            ? state
            : throw new StateException(
                $"the saved state has {rest.Length:#,0} bytes that belong to no section");
    }

    private static uint SumOf(ReadOnlySpan<byte> bytes) => Crc32C.Finish(
        Crc32C.Add(Crc32C.Add(Crc32C.Start, bytes[..SumOffset]), bytes[(SumOffset + sizeof(uint))..]));
}
