using System.Buffers.Binary;

namespace KvmInterop.Machine.Boot;

/// <summary>
/// The setup header of a Linux bzImage: what the kernel tells its loader, and what that fills in (kernel
/// document arch/x86/boot.rst, "The Real-Mode Kernel Header").
/// </summary>
/// <remarks>Members have the document's names, in .NET's spelling.</remarks>
public sealed class SetupHeader
{
    /// <summary>Where it lies, in the file and in the boot parameters.</summary>
    public const int Offset = 0x1f1;

    /// <summary><c>header</c>: "HdrS".</summary>
    public const uint Magic = 0x5372_6448;

    /// <summary><c>boot_flag</c>.</summary>
    public const ushort BootFlag = 0xaa55;

    /// <summary>Bytes of a sector, in which <c>setup_sects</c> counts.</summary>
    public const int SectorSize = 512;

    // boot_params has room for the header up to edd_mbr_sig_buffer (arch/x86/include/uapi/asm/bootparam.h).
    private const int MostEnd = 0x290;

    // Up to init_size, protocol 2.10: behind it older headers end, newer ones have what we do not read.
    private const int BootFlagAt = 0x1fe;
    private const int JumpAt = 0x201;
    private const int MagicAt = 0x202;
    private const int LeastEnd = 0x264;
    private const int LeastVersion = 0x20a;

    private SetupHeader(byte[] bytes) => Bytes = bytes;

    /// <summary>All of its bytes, from <see cref="Offset"/> on.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary><c>setup_sects</c>: sectors of real-mode code behind the first; never 0.</summary>
    public int SetupSectors => Byte(0x1f1) is > 0 and int count ? count : 4; // 4 where it is 0, the document.

    /// <summary><c>syssize</c> in bytes: how much protected-mode code there is.</summary>
    public ulong SystemSize => (ulong)UInt32(0x1f4) * 16;

    /// <summary><c>version</c> of the protocol: 0x20f is 2.15.</summary>
    public int Version => UInt16(0x206);

    /// <summary><c>loadflags</c>, bit 0: loaded at 0x100000.</summary>
    public bool IsLoadedHigh => (Byte(0x211) & 1) != 0;

    /// <summary><c>code32_start</c>: where protected-mode code is loaded, unless it is moved.</summary>
    public uint Code32Start => UInt32(0x214);

    /// <summary><c>initrd_addr_max</c>: the last address that an initrd may use.</summary>
    public uint InitrdAddressMax => UInt32(0x22c);

    /// <summary><c>kernel_alignment</c>.</summary>
    public uint KernelAlignment => UInt32(0x230);

    /// <summary><c>relocatable_kernel</c>.</summary>
    public bool IsRelocatable => Byte(0x234) != 0;

    /// <summary><c>xloadflags</c>, bit 0 (XLF_KERNEL_64): there is a 64-bit entry at 0x200.</summary>
    public bool Has64BitEntry => Version >= 0x20c && (UInt16(0x236) & 1) != 0;

    /// <summary><c>xloadflags</c>, bit 1: initrd, command line and parameters may lie above 4 GiB.</summary>
    public bool CanBeLoadedAbove4G => Version >= 0x20c && (UInt16(0x236) & 2) != 0;

    /// <summary><c>cmdline_size</c>: characters of the command line, without the closing zero.</summary>
    public uint CommandLineSize => UInt32(0x238);

    /// <summary><c>pref_address</c>: where the kernel likes to run.</summary>
    public ulong PreferredAddress => UInt64(0x258);

    /// <summary><c>init_size</c>: memory from where it runs that it needs until it has read the map.</summary>
    public uint InitSize => UInt32(0x260);

    /// <summary>Whether a file says that it is one.</summary>
    public static bool IsThere(BootFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        Span<byte> magic = stackalloc byte[4];
        return file.TryRead(MagicAt, magic) && BinaryPrimitives.ReadUInt32LittleEndian(magic) == Magic;
    }

    /// <summary>Reads and checks it.</summary>
    /// <exception cref="BootImageException">A field is wrong, or the file too short.</exception>
    public static SetupHeader Read(BootFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        Span<byte> start = stackalloc byte[MagicAt + 4];
        file.Read(0, start, "the boot sector with the start of the setup header");
        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(start[MagicAt..]);
        if (magic != Magic)
        {
            throw Wrong(file, $"header at 0x202 is 0x{magic:x8} and not 0x{Magic:x8} (\"HdrS\")");
        }

        ushort flag = BinaryPrimitives.ReadUInt16LittleEndian(start[BootFlagAt..]);
        if (flag != BootFlag)
        {
            throw Wrong(file, $"boot_flag at 0x1fe is 0x{flag:x4} and not 0x{BootFlag:x4}");
        }

        int end = MagicAt + start[JumpAt];
        if (end is < LeastEnd or > MostEnd)
        {
            throw Wrong(
                file,
                $"jump at 0x200 ends the setup header at 0x{end:x}; a kernel of protocol 2.10 or later "
                + $"(Linux 2.6.31) ends it between 0x{LeastEnd:x} and 0x{MostEnd:x}");
        }

        byte[] bytes = new byte[end - Offset];
        file.Read(Offset, bytes, "the setup header");
        SetupHeader header = new(bytes);
        return header.Version >= LeastVersion
            ? header
            : throw Wrong(
                file,
                $"version at 0x206 is {header.Version >> 8}.{header.Version & 0xff}; protocol 2.10 (Linux "
                + "2.6.31) is the oldest that is known here");
    }

    internal static BootImageException Wrong(BootFile file, string field) =>
        new($"{file.Name} is no kernel that can be booted: {field}");

    private int Byte(int at) => Bytes.Span[at - Offset];

    private ushort UInt16(int at) => BinaryPrimitives.ReadUInt16LittleEndian(Bytes.Span[(at - Offset)..]);

    private uint UInt32(int at) => BinaryPrimitives.ReadUInt32LittleEndian(Bytes.Span[(at - Offset)..]);

    private ulong UInt64(int at) => BinaryPrimitives.ReadUInt64LittleEndian(Bytes.Span[(at - Offset)..]);
}
