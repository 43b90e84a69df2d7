using System.Buffers.Binary;
using System.Text;

namespace KvmInterop.HeaderScraper.Verify;

/// <summary>The sections of a 64-bit ELF object of either byte order (System V ABI, chapter 4).</summary>
internal sealed class ElfObject
{
    private const int HeaderSize = 64;
    private readonly byte[] file;
    private readonly Dictionary<string, Range> sections = new(StringComparer.Ordinal);

    public ElfObject(byte[] file)
    {
        this.file = file;
        if (file.Length < HeaderSize || !file.AsSpan(0, 4).SequenceEqual("\u007fELF"u8) || file[4] != 2)
        {
            throw new VerifyFailure("The compiler wrote no 64-bit ELF object; name one for 64-bit Linux.");
        }

        IsLittleEndian = file[5] == 1;
        int table = (int)ReadUInt64(40);
        int entrySize = ReadUInt16(58);
        int count = ReadUInt16(60);
        Range names = Content(table + (ReadUInt16(62) * entrySize));
        for (int i = 0; i < count; i++)
        {
            int entry = table + (i * entrySize);
            ReadOnlySpan<byte> name = file.AsSpan(names)[(int)ReadUInt32(entry)..];
            sections[Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)])] = Content(entry);
        }
    }

    public bool IsLittleEndian { get; }

    /// <summary>The bytes of a section; none where there is no such section.</summary>
    public ReadOnlySpan<byte> this[string name] =>
        sections.TryGetValue(name, out Range range) ? file.AsSpan(range) : default;

    public ulong ReadUInt64(ReadOnlySpan<byte> bytes) => IsLittleEndian
        ? BinaryPrimitives.ReadUInt64LittleEndian(bytes)
        : BinaryPrimitives.ReadUInt64BigEndian(bytes);

    public uint ReadUInt32(ReadOnlySpan<byte> bytes) => IsLittleEndian
        ? BinaryPrimitives.ReadUInt32LittleEndian(bytes)
        : BinaryPrimitives.ReadUInt32BigEndian(bytes);

    private Range Content(int entry)
    {
        const uint WithoutContent = 8;
        int offset = (int)ReadUInt64(entry + 24);
        int size = ReadUInt32(entry + 4) == WithoutContent ? 0 : (int)ReadUInt64(entry + 32);
        return offset..(offset + size);
    }

    private ulong ReadUInt64(int offset) => ReadUInt64(file.AsSpan(offset));

    private uint ReadUInt32(int offset) => ReadUInt32(file.AsSpan(offset));

    private ushort ReadUInt16(int offset) => IsLittleEndian
        ? BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(offset))
        : BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(offset));
}
