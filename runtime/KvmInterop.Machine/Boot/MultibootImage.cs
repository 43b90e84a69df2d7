using System.Collections.Immutable;
using KvmInterop.Machine.Cpu;
using KvmInterop.Native;

namespace KvmInterop.Machine.Boot;

/// <summary>A kernel that is loaded by the Multiboot Specification, version 0.6.96.</summary>
/// <remarks>
/// ELF files of 32 bits, and files whose multiboot header has the addresses. They begin in flat 32-bit mode
/// with <see cref="BootMagic"/> in EAX and the address of <see cref="MultibootInformation"/> in EBX.
/// </remarks>
[KvmArchitectures(KvmArchitecture.X64)]
public sealed class MultibootImage
{
    /// <summary>What EAX has at the start (3.2).</summary>
    public const uint BootMagic = 0x2bad_b002;

    private readonly BootFile file;
    private readonly MultibootHeader header;
    private readonly ElfImage? elf;

    private MultibootImage(BootFile file, MultibootHeader header, ElfImage? elf)
    {
        this.file = file;
        this.header = header;
        this.elf = elf;
    }

    /// <summary>Looks at a file.</summary>
    /// <param name="file">Must stay open until it is loaded.</param>
    /// <exception cref="BootImageException">It is none, or a field is wrong.</exception>
    public static MultibootImage Read(BootFile file)
    {
        MultibootHeader header = MultibootHeader.Find(file)
            ?? throw SetupHeader.Wrong(file, "its first 8,192 bytes have no multiboot header");
        if (header.HasAddresses)
        {
            MultibootImage image = new(file, header, null);
            image.CheckAddresses();
            return image;
        }

        ElfImage elf = ElfImage.Read(file);
        return !elf.Is64
            ? new MultibootImage(file, header, elf)
            : throw SetupHeader.Wrong(
                file,
                "EI_CLASS says 64 bits, and the multiboot protocol loads ELF files of 32; convert it with "
                + "objcopy -O elf32-i386");
    }

    /// <summary>Puts the kernel, its modules and what it is told into memory.</summary>
    /// <param name="memory">The guest's, laid out as <paramref name="layout"/> says.</param>
    /// <param name="layout">Where memory is.</param>
    /// <param name="commandLine">What comes behind the file's name, which is the first word.</param>
    /// <param name="modules">Files that go with it.</param>
    /// <returns>How the first vCPU begins.</returns>
    /// <exception cref="BootImageException">Something does not fit.</exception>
    public X64StartState Load(
        GuestMemory memory, PcMemoryLayout layout, string commandLine = "",
        params ImmutableArray<MultibootModule> modules)
    {
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(commandLine);
        (ulong end, uint entry) = elf is null ? LoadFlat(memory) : LoadElf(memory, elf);
        MultibootInformation information = new(layout);
        information.SetCommandLine(
            commandLine.Length > 0 ? $"{file.Name} {commandLine}" : file.Name);
        foreach (MultibootModule module in modules.IsDefault ? [] : modules)
        {
            end = information.AddModule(memory, module, end);
        }

        information.Write(memory, BootAddresses.Parameters);
        FlatSegments.Write(
            memory, BootAddresses.DescriptorTable, codeSelector: FlatSegments.MultibootCodeSelector);
        return X64StartState.Flat32(entry) with
        {
            Rax = BootMagic,
            Rbx = BootAddresses.Parameters,
            Rsp = BootAddresses.MultibootStackTop,
            CodeSelector = FlatSegments.MultibootCodeSelector,
        };
    }

    private (ulong End, uint Entry) LoadElf(GuestMemory memory, ElfImage elf)
    {
        foreach (ElfSegment segment in elf.Segments)
        {
            CheckRoom(segment.Address, segment.MemorySize);
        }

        elf.Load(memory);

        // e_entry is an address of the program; it is a physical one where the two differ.
        ElfSegment? holder = elf.Segments.FirstOrDefault(
            segment => elf.Entry >= segment.VirtualAddress
                && elf.Entry - segment.VirtualAddress < segment.MemorySize);
        ulong entry = holder is { MemorySize: > 0 } found && found.VirtualAddress != found.Address
            ? elf.Entry - found.VirtualAddress + found.Address
            : elf.Entry;
        return (elf.End, (uint)entry);
    }

    private (ulong End, uint Entry) LoadFlat(GuestMemory memory)
    {
        ulong offset = FlatOffset;
        ulong size = FlatSize;
        ulong end = Math.Max(header.LoadAddress + size, header.BssEndAddress);
        CheckRoom(header.LoadAddress, end - header.LoadAddress);
        if (!memory.Contains(header.LoadAddress, end - header.LoadAddress))
        {
            throw new BootImageException(
                $"{file.Name} is to lie from 0x{header.LoadAddress:x} (load_addr) to 0x{end:x} "
                + "(load_end_addr, bss_end_addr), and the guest does not have all of that memory; give it more");
        }

        file.CopyTo(memory, offset, header.LoadAddress, size, "what is loaded");
        memory.Fill(header.LoadAddress + size, end - header.LoadAddress - size, 0);
        return (end, header.EntryAddress);
    }

    // 3.1.3: the header lies at header_addr, so what comes at load_addr is that much before it in the file.
    private ulong FlatOffset => (ulong)header.Offset - (header.HeaderAddress - header.LoadAddress);

    private ulong FlatSize => header.LoadEndAddress == 0
        ? file.Length - FlatOffset
        : header.LoadEndAddress - header.LoadAddress;

    private void CheckAddresses()
    {
        if (header.HeaderAddress < header.LoadAddress
            || header.HeaderAddress - header.LoadAddress > (uint)header.Offset)
        {
            throw SetupHeader.Wrong(
                file,
                $"header_addr 0x{header.HeaderAddress:x} and load_addr 0x{header.LoadAddress:x} would begin to "
                + "load before the file's start");
        }

        if (header.LoadEndAddress != 0 && header.LoadEndAddress < header.LoadAddress)
        {
            throw SetupHeader.Wrong(
                file,
                $"load_end_addr 0x{header.LoadEndAddress:x} is before load_addr 0x{header.LoadAddress:x}");
        }

        if (!file.Has(FlatOffset, FlatSize))
        {
            throw file.Truncated(FlatOffset, FlatSize, "what is loaded (load_end_addr)");
        }
    }

    // What the kernel is told lies below the memory that kernels are for; it must not be overwritten by them.
    private void CheckRoom(ulong address, ulong size)
    {
        if (size > 0 && address < MultibootInformation.End(BootAddresses.Parameters)
            && address + size > BootAddresses.DescriptorTable)
        {
            throw new BootImageException(
                $"{file.Name} is to lie at 0x{address:x}, where what it is told is put (0x"
                + $"{BootAddresses.DescriptorTable:x} to 0x"
                + $"{MultibootInformation.End(BootAddresses.Parameters):x}); link it to 1 MiB or above");
        }
    }
}

/// <summary>A file that goes with a multiboot kernel.</summary>
/// <param name="File">Its content. Must stay open until it is loaded.</param>
/// <param name="CommandLine">What the kernel is told of it; by convention the file's name first.</param>
public sealed record MultibootModule(BootFile File, string CommandLine);
