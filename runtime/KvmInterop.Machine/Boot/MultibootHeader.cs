using System.Buffers.Binary;

namespace KvmInterop.Machine.Boot;

/// <summary>
/// The header by which a kernel says that it wants to be loaded by the Multiboot Specification, version 0.6.96
/// (3.1).
/// </summary>
public sealed class MultibootHeader
{
    private const uint Magic = 0x1bad_b002;

    // 3.1.1: in the first 8192 bytes, at a multiple of 4.
    private const int SearchedBytes = 8192;
    private const int SizeWithoutAddresses = 12;
    private const int SizeWithAddresses = 32;

    // 3.1.2: bits 0 to 15 must be refused where they are not known, bit 16: addresses are in the header.
    private const uint PageAlignedModules = 1 << 0;
    private const uint MemoryInformation = 1 << 1;
    private const uint VideoMode = 1 << 2;
    private const uint MustBeKnown = 0xffff;
    private const uint HasAddressFields = 1 << 16;

    private MultibootHeader()
    {
    }

    /// <summary>Where in the file it is.</summary>
    public int Offset { get; private init; }

    /// <summary><c>flags</c>.</summary>
    public uint Flags { get; private init; }

    /// <summary>Whether it has addresses, so that the file need not be ELF.</summary>
    public bool HasAddresses => (Flags & HasAddressFields) != 0;

    /// <summary><c>header_addr</c>: where the header itself is to lie.</summary>
    public uint HeaderAddress { get; private init; }

    /// <summary><c>load_addr</c>: where what is loaded begins.</summary>
    public uint LoadAddress { get; private init; }

    /// <summary><c>load_end_addr</c>: where it ends; 0 for all of the file.</summary>
    public uint LoadEndAddress { get; private init; }

    /// <summary><c>bss_end_addr</c>: where zeros behind it end; 0 for none.</summary>
    public uint BssEndAddress { get; private init; }

    /// <summary><c>entry_addr</c>.</summary>
    public uint EntryAddress { get; private init; }

    /// <summary>Looks for it.</summary>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="BootImageException">The file cannot be read, or the header ends beyond it.</exception>
    public static MultibootHeader? Find(BootFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        byte[] start = new byte[Math.Min(file.Length, SearchedBytes)];
        file.Read(0, start, "the start");
        for (int at = 0; at + SizeWithoutAddresses <= start.Length; at += sizeof(uint))
        {
            uint flags = Word(start, at + 4);
            if (Word(start, at) == Magic && Magic + flags + Word(start, at + 8) == 0)
            {
                return Parse(file, at, flags, start);
            }
        }

        return null;
    }

    private static MultibootHeader Parse(BootFile file, int at, uint flags, byte[] start)
    {
        uint unknown = flags & MustBeKnown & ~(PageAlignedModules | MemoryInformation | VideoMode);
        if (unknown != 0)
        {
            throw SetupHeader.Wrong(
                file, $"flags of its multiboot header have unknown bits, 0x{unknown:x}, that must be known");
        }

        if ((flags & HasAddressFields) == 0)
        {
            return new MultibootHeader { Offset = at, Flags = flags };
        }

        if (at + SizeWithAddresses > start.Length)
        {
            throw file.Truncated((ulong)at, SizeWithAddresses, "the multiboot header");
        }

        return new MultibootHeader
        {
            Offset = at,
            Flags = flags,
            HeaderAddress = Word(start, at + 12),
            LoadAddress = Word(start, at + 16),
            LoadEndAddress = Word(start, at + 20),
            BssEndAddress = Word(start, at + 24),
            EntryAddress = Word(start, at + 28),
        };
    }

    private static uint Word(byte[] bytes, int at) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));
}
