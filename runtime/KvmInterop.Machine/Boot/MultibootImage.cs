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

        ulong told = FindRoom(layout, (ulong)information.Encode(0).Length, end);
        information.Write(memory, told);
        FlatSegments.Write(
            memory, BootAddresses.DescriptorTable, codeSelector: FlatSegments.MultibootCodeSelector);
        return X64StartState.Flat32(entry) with
        {
            Rax = BootMagic,
            Rbx = told,
            Rsp = told, // 3.2: kernels are to bring a stack of their own, and some use the loader's.
            CodeSelector = FlatSegments.MultibootCodeSelector,
        };
    }

    private (ulong End, uint Entry) LoadElf(GuestMemory memory, ElfImage elf)
    {
        CheckDescriptors();
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
        ulong end = FlatEnd;
        CheckDescriptors();
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

    private ulong FlatEnd => Math.Max(header.LoadAddress + FlatSize, header.BssEndAddress);

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

    // A page for the stack and what the kernel is told behind it: the lowest place below 640 KiB that the kernel
    // leaves, else behind kernel and modules.
    private ulong FindRoom(PcMemoryLayout layout, ulong size, ulong end)
    {
        const ulong Page = PcMemoryLayout.PageSize;
        ulong told = BootAddresses.Parameters;
        while (told + size <= PcMemoryLayout.LowMemoryEnd)
        {
            if (!LiesIn(told - Page, told + size))
            {
                return told;
            }

            told += Page;
        }

        told = MultibootInformation.PageFrom(end) + Page;
        return told + size <= layout.LowSize
            ? told
            : throw new BootImageException(
                $"{file.Name} leaves no room for {size:#,0} bytes that it is told; give the guest more memory");
    }

    private void CheckDescriptors()
    {
        const ulong Table = BootAddresses.DescriptorTable;
        if (LiesIn(Table, Table + FlatSegments.Size))
        {
            throw new BootImageException(
                $"{file.Name} is to lie at 0x{Table:x}, where its first segments are described; link it to 0x"
                + $"{Table + FlatSegments.Size:x} or above");
        }
    }

    // Whether a part of the kernel does.
    private bool LiesIn(ulong start, ulong end) => elf is null
        ? header.LoadAddress < end && FlatEnd > start
        : elf.Segments.Any(part => part.Address < end && part.Address + part.MemorySize > start && part.MemorySize > 0);
}

/// <summary>A file that goes with a multiboot kernel.</summary>
/// <param name="File">Its content. Must stay open until it is loaded.</param>
/// <param name="CommandLine">What the kernel is told of it; by convention the file's name first.</param>
public sealed record MultibootModule(BootFile File, string CommandLine);
