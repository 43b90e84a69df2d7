using System.Buffers.Binary;
using System.Collections.Immutable;

namespace KvmInterop.Machine.Boot;

/// <summary>
/// An ELF file for x86, 32 or 64 bits (System V ABI, chapter 4 and 5): what of it is to be loaded, and where it
/// begins.
/// </summary>
public sealed class ElfImage
{
    private const int IdentSize = 16;
    private const byte Class32 = 1;
    private const byte Class64 = 2;
    private const byte LittleEndian = 1;
    private const ushort Executable = 2;
    private const ushort Shared = 3; // A kernel that can be moved is one, too.
    private const ushort Machine386 = 3;
    private const ushort MachineX64 = 62;
    private const uint SegmentLoad = 1;
    private const uint SegmentNote = 4;
    private const int HeaderSize32 = 52;
    private const int HeaderSize64 = 64;
    private const int ProgramHeaderSize32 = 32;
    private const int ProgramHeaderSize64 = 56;

    // A kernel has a dozen. A file may say of thousands of segments that all of it is notes.
    private const int MostNotes = 4096;

    private readonly BootFile file;

    private ElfImage(BootFile file, bool is64, ulong entry, ImmutableArray<ElfSegment> segments)
    {
        this.file = file;
        Is64 = is64;
        Entry = entry;
        Segments = [.. segments.Where(segment => segment.Type == SegmentLoad)];
        Notes = [.. segments.Where(segment => segment.Type == SegmentNote)];
    }

    /// <summary>Whether it is of 64 bits.</summary>
    public bool Is64 { get; }

    /// <summary><c>e_entry</c>.</summary>
    public ulong Entry { get; }

    /// <summary>What is loaded (PT_LOAD), one segment or more.</summary>
    public ImmutableArray<ElfSegment> Segments { get; }

    /// <summary>What is said about it (PT_NOTE).</summary>
    public ImmutableArray<ElfSegment> Notes { get; }

    /// <summary>The end of what it takes in memory.</summary>
    public ulong End => Segments.Max(segment => segment.Address + segment.MemorySize);

    /// <summary>Whether a file says that it is one.</summary>
    public static bool IsThere(BootFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        Span<byte> magic = stackalloc byte[4];
        return file.TryRead(0, magic) && magic.SequenceEqual("\u007fELF"u8);
    }

    /// <summary>Reads and checks headers.</summary>
    /// <exception cref="BootImageException">A field is wrong, or the file too short.</exception>
    public static ElfImage Read(BootFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        Span<byte> ident = stackalloc byte[IdentSize];
        file.Read(0, ident, "the ELF identification");
        if (!IsThere(file))
        {
            throw SetupHeader.Wrong(file, "it does not begin with the magic number of ELF");
        }

        bool is64 = ident[4] switch
        {
            Class32 => false,
            Class64 => true,
            _ => throw SetupHeader.Wrong(file, $"EI_CLASS is {ident[4]}, neither 32 nor 64 bits"),
        };
        if (ident[5] != LittleEndian)
        {
            throw SetupHeader.Wrong(file, $"EI_DATA is {ident[5]} and not little-endian");
        }

        Span<byte> header = stackalloc byte[is64 ? HeaderSize64 : HeaderSize32];
        file.Read(0, header, "the ELF header");
        ushort type = BinaryPrimitives.ReadUInt16LittleEndian(header[16..]);
        if (type is not (Executable or Shared))
        {
            throw SetupHeader.Wrong(file, $"e_type is {type}: it is no executable");
        }

        ushort machine = BinaryPrimitives.ReadUInt16LittleEndian(header[18..]);
        if (machine != (is64 ? MachineX64 : Machine386) && machine != MachineX64)
        {
            throw SetupHeader.Wrong(file, $"e_machine is {machine}, and this machine is an x86");
        }

        ulong entry = is64
            ? BinaryPrimitives.ReadUInt64LittleEndian(header[24..])
            : BinaryPrimitives.ReadUInt32LittleEndian(header[24..]);
        ImmutableArray<ElfSegment> segments = ReadSegments(file, is64, header);
        return segments.Any(segment => segment.Type == SegmentLoad)
            ? new ElfImage(file, is64, entry, segments)
            : throw SetupHeader.Wrong(file, "it has no segment of type PT_LOAD, so there is nothing to load");
    }

    /// <summary>Copies all segments to their physical addresses, and clears what they have beyond the
    /// file.</summary>
    /// <exception cref="BootImageException">The guest has no memory there.</exception>
    public void Load(GuestMemory memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        CheckTotal(memory);
        for (int i = 0; i < Segments.Length; i++)
        {
            ElfSegment segment = Segments[i];
            if (!memory.Contains(segment.Address, segment.MemorySize))
            {
                throw new BootImageException(
                    $"segment {i} of {file.Name} is to lie at 0x{segment.Address:x} (p_paddr), "
                    + $"{segment.MemorySize:#,0} bytes long (p_memsz), and the guest does not have all of that "
                    + "memory; give it more");
            }

            file.CopyTo(memory, segment.Offset, segment.Address, segment.FileSize, $"segment {i}");
            memory.Fill(
                segment.Address + segment.FileSize, segment.MemorySize - segment.FileSize, 0);
        }
    }

    /// <summary>
    /// A note's content (ELF gABI, "Note Section"), at most <paramref name="most"/> bytes; null where there is
    /// none.
    /// </summary>
    public byte[]? FindNote(ReadOnlySpan<byte> name, uint type, int most)
    {
        int left = MostNotes;
        foreach (ElfSegment segment in Notes)
        {
            if (FindNote(segment, name, type, most, ref left) is byte[] found)
            {
                return found;
            }
        }

        return null;
    }

    // Segments that do not overlap have no more bytes than the memory that they lie in; those of a file of
    // some megabytes that do could take hours to clear.
    private void CheckTotal(GuestMemory memory)
    {
        UInt128 wanted = 0;
        foreach (ElfSegment segment in Segments)
        {
            wanted += segment.MemorySize;
        }

        UInt128 there = 0;
        foreach (GuestMemoryRegion region in memory.Regions)
        {
            there += region.Size;
        }

        if (wanted > there)
        {
            throw new BootImageException(
                $"the segments of {file.Name} take {wanted:#,0} bytes (p_memsz), and the guest's memory has "
                + $"{there:#,0}; give it more");
        }
    }

    private byte[]? FindNote(
        ElfSegment segment, ReadOnlySpan<byte> name, uint type, int most, ref int left)
    {
        const int NoteHeader = 12;
        Span<byte> header = stackalloc byte[NoteHeader];
        byte[] found = new byte[name.Length];
        ulong end = segment.Offset + segment.FileSize;
        for (ulong at = segment.Offset; at <= end && end - at >= NoteHeader;)
        {
            if (--left < 0)
            {
                throw SetupHeader.Wrong(file, $"it has more than {MostNotes:#,0} notes (PT_NOTE)");
            }

            file.Read(at, header, "a note");
            uint nameSize = BinaryPrimitives.ReadUInt32LittleEndian(header);
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
            ulong content = at + NoteHeader + Aligned(nameSize);
            if (BinaryPrimitives.ReadUInt32LittleEndian(header[8..]) == type && nameSize == (uint)name.Length
                && file.TryRead(at + NoteHeader, found) && name.SequenceEqual(found))
            {
                byte[] value = new byte[Math.Min(size, (uint)most)];
                file.Read(content, value, "a note");
                return value;
            }

            at = content + Aligned(size);
        }

        return null;
    }

    private static ulong Aligned(uint size) => ((ulong)size + 3) & ~3ul;

    private static ImmutableArray<ElfSegment> ReadSegments(BootFile file, bool is64, ReadOnlySpan<byte> header)
    {
        ulong offset = is64
            ? BinaryPrimitives.ReadUInt64LittleEndian(header[32..])
            : BinaryPrimitives.ReadUInt32LittleEndian(header[28..]);
        ushort size = BinaryPrimitives.ReadUInt16LittleEndian(header[(is64 ? 54 : 42)..]);
        ushort count = BinaryPrimitives.ReadUInt16LittleEndian(header[(is64 ? 56 : 44)..]);
        int known = is64 ? ProgramHeaderSize64 : ProgramHeaderSize32;
        if (count > 0 && size < known)
        {
            throw SetupHeader.Wrong(file, $"e_phentsize is {size}, and a program header has {known} bytes");
        }

        if (!file.Has(offset, (ulong)size * count))
        {
            throw file.Truncated(offset, (ulong)size * count, "the program header table (e_phoff, e_phnum)");
        }

        byte[] bytes = new byte[known];
        ImmutableArray<ElfSegment>.Builder segments = ImmutableArray.CreateBuilder<ElfSegment>();
        for (int i = 0; i < count; i++)
        {
            file.Read(offset + ((ulong)i * size), bytes, "a program header");
            ElfSegment segment = ElfSegment.Parse(bytes, is64);
            if (segment.Type is SegmentLoad or SegmentNote)
            {
                Check(file, i, segment);
                segments.Add(segment);
            }
        }

        return segments.ToImmutable();
    }

    private static void Check(BootFile file, int index, ElfSegment segment)
    {
        if (!file.Has(segment.Offset, segment.FileSize))
        {
            throw file.Truncated(
                segment.Offset, segment.FileSize, $"the content of segment {index} (p_offset, p_filesz)");
        }

        if (segment.Type == SegmentLoad && segment.MemorySize < segment.FileSize)
        {
            throw SetupHeader.Wrong(
                file,
                $"p_memsz of segment {index} is 0x{segment.MemorySize:x}, less than its p_filesz of "
                + $"0x{segment.FileSize:x}");
        }

        if (segment.Address > ulong.MaxValue - segment.MemorySize)
        {
            throw SetupHeader.Wrong(
                file,
                $"p_paddr 0x{segment.Address:x} and p_memsz 0x{segment.MemorySize:x} of segment {index} go "
                + "beyond all addresses");
        }
    }
}

/// <summary>A segment of an ELF file (program header).</summary>
/// <param name="Type"><c>p_type</c>.</param>
/// <param name="Offset"><c>p_offset</c>: where it is in the file.</param>
/// <param name="Address"><c>p_paddr</c>: where it is to be in guest-physical memory.</param>
/// <param name="FileSize"><c>p_filesz</c>: bytes in the file.</param>
/// <param name="MemorySize"><c>p_memsz</c>: bytes in memory; what is more is zero.</param>
/// <param name="VirtualAddress"><c>p_vaddr</c>: where it thinks it is.</param>
public readonly record struct ElfSegment(
    uint Type, ulong Offset, ulong Address, ulong FileSize, ulong MemorySize, ulong VirtualAddress)
{
    internal static ElfSegment Parse(ReadOnlySpan<byte> bytes, bool is64) => is64
        ? new(
            BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[40..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]))
        : new(
            BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]));
}
