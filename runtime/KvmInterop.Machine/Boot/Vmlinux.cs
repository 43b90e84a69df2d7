using System.Buffers.Binary;
using KvmInterop.Machine.Cpu;
using KvmInterop.Native;

namespace KvmInterop.Machine.Boot;

/// <summary>
/// An uncompressed kernel, an ELF file of 64 bits: entered by PVH where it says how, else as Linux's 64-bit
/// boot protocol has it.
/// </summary>
[KvmArchitectures(KvmArchitecture.X64)]
public sealed class Vmlinux
{
    // xen/include/public/elfnote.h: XEN_ELFNOTE_PHYS32_ENTRY.
    private const uint Phys32Entry = 18;
    private const ulong InitrdAddressMax = 0x7fff_ffff;
    private const ulong CommandLineSize = 0x7ff; // COMMAND_LINE_SIZE of x86 is 2048, with the zero.

    private readonly BootFile file;
    private readonly ElfImage elf;

    private Vmlinux(BootFile file, ElfImage elf, uint? pvhEntry)
    {
        this.file = file;
        this.elf = elf;
        PvhEntry = pvhEntry;
    }

    /// <summary>Where PVH enters it; null where it has no note of that.</summary>
    public uint? PvhEntry { get; }

    /// <summary>Looks at a file.</summary>
    /// <param name="file">Must stay open until it is loaded.</param>
    /// <exception cref="BootImageException">It is none, or a field is wrong.</exception>
    public static Vmlinux Read(BootFile file)
    {
        ElfImage elf = ElfImage.Read(file);
        byte[]? note = elf.FindNote("Xen\0"u8, Phys32Entry, sizeof(ulong));
        uint? entry = note switch
        {
            null => null,
            { Length: >= sizeof(uint) } => BinaryPrimitives.ReadUInt32LittleEndian(note),
            _ => throw SetupHeader.Wrong(file, "its note of the PVH entry has fewer than 4 bytes"),
        };
        return elf.Is64 || entry is not null
            ? new Vmlinux(file, elf, entry)
            : throw SetupHeader.Wrong(
                file, "EI_CLASS says 32 bits, and it has neither a multiboot header nor a note of a PVH entry");
    }

    /// <summary>Puts kernel, initrd, command line and parameters into memory.</summary>
    /// <inheritdoc cref="BzImage.Load"/>
    public X64StartState Load(GuestMemory memory, PcMemoryLayout layout, LinuxBootOptions options)
    {
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(options);
        foreach (ElfSegment segment in elf.Segments)
        {
            if (segment.MemorySize > 0 && segment.Address < PcMemoryLayout.HighMemoryStart)
            {
                throw new BootImageException(
                    $"{file.Name} is to lie at 0x{segment.Address:x} (p_paddr), below 1 MiB, where its parameters "
                    + "are put");
            }
        }

        elf.Load(memory);
        CommandLines.Write(
            memory, BootAddresses.CommandLine, options.CommandLine, CommandLineSize, "a kernel of x86");
        (ulong Address, ulong Size) initrd = options.Initrd is BootFile content
            ? (Boot.Initrd.Load(
                memory, layout, content, elf.End, InitrdAddressMax, "what a kernel of x86 can reach"),
                content.Length)
            : (0, 0);
        bool usesPvh = PvhEntry is not null && !options.UsesLinuxEntry;
        FlatSegments.Write(memory, BootAddresses.DescriptorTable, isLong: !usesPvh);
        return usesPvh
            ? EnterByPvh(memory, layout, options, initrd)
            : EnterByLinux(memory, layout, options, initrd);
    }

    private X64StartState EnterByPvh(
        GuestMemory memory, PcMemoryLayout layout, LinuxBootOptions options, (ulong, ulong) initrd)
    {
        PvhStartInformation.Write(
            memory, BootAddresses.Parameters, layout, BootAddresses.CommandLine, options.AcpiRootTable,
            options.Initrd is null ? [] : [initrd]);
        return X64StartState.Flat32(PvhEntry!.Value) with { Rbx = BootAddresses.Parameters };
    }

    private X64StartState EnterByLinux(
        GuestMemory memory, PcMemoryLayout layout, LinuxBootOptions options, (ulong Address, ulong Size) initrd)
    {
        if (!elf.Is64)
        {
            throw SetupHeader.Wrong(file, "EI_CLASS says 32 bits, which only PVH enters");
        }

        BootParameters parameters = new();
        parameters.SetMemoryMap(layout.E820);
        parameters.SetCommandLine(BootAddresses.CommandLine);
        if (options.AcpiRootTable is ulong root)
        {
            parameters.SetAcpiRootTable(root);
        }

        if (options.Initrd is not null)
        {
            parameters.SetInitrd(initrd.Address, initrd.Size);
        }

        memory.Write(BootAddresses.Parameters, parameters.Bytes);
        IdentityPageTables.Write(memory, BootAddresses.PageTables);
        return X64StartState.LongMode(elf.Entry, BootAddresses.PageTables) with
        {
            Rsi = BootAddresses.Parameters,
            Rsp = BootAddresses.StackTop,
        };
    }
}
