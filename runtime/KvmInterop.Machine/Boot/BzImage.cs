using KvmInterop.Machine.Cpu;

namespace KvmInterop.Machine.Boot;

/// <summary>
/// A Linux bzImage, loaded and entered by the 64-bit boot protocol, or the 32-bit one where it has no other
/// (kernel document arch/x86/boot.rst).
/// </summary>
public sealed class BzImage
{
    /// <summary>Where protected-mode code is put, which is where boot.rst has it by default.</summary>
    public const ulong LoadAddress = 0x10_0000;

    private const ulong Entry64 = 0x200; // boot.rst, "64-bit Boot Protocol": the entry's offset.
    private const ulong Paragraph = 16; // The unit of syssize.

    private readonly BootFile file;
    private readonly ulong codeOffset;
    private readonly ulong codeSize;

    private BzImage(BootFile file, SetupHeader header)
    {
        this.file = file;
        Header = header;
        codeOffset = (ulong)(header.SetupSectors + 1) * SetupHeader.SectorSize;

        // Linux fills its last paragraph up, Memtest86+ does not.
        ulong shortOf = codeOffset + header.SystemSize - file.Length;
        codeSize = file.Has(codeOffset, 0) && shortOf < Paragraph && shortOf < header.SystemSize
            ? header.SystemSize - shortOf
            : header.SystemSize;
    }

    /// <summary>What the kernel says of itself.</summary>
    public SetupHeader Header { get; }

    /// <summary>Looks at a file.</summary>
    /// <param name="file">Must stay open until it is loaded.</param>
    /// <exception cref="BootImageException">It is none, or a field is wrong.</exception>
    public static BzImage Read(BootFile file)
    {
        BzImage image = new(file, SetupHeader.Read(file));
        image.Check();
        return image;
    }

    /// <summary>
    /// Puts kernel, initrd, command line and boot parameters into memory, where
    /// <see cref="BootAddresses"/> says.
    /// </summary>
    /// <param name="memory">The guest's, laid out as <paramref name="layout"/> says.</param>
    /// <param name="layout">Where memory is.</param>
    /// <param name="options">What goes with the kernel.</param>
    /// <returns>How the first vCPU begins.</returns>
    /// <exception cref="BootImageException">Something does not fit: memory, the initrd, the command line.
    /// </exception>
    public X64StartState Load(GuestMemory memory, PcMemoryLayout layout, LinuxBootOptions options)
    {
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(options);
        ulong kernelEnd = CheckMemory(layout);
        BootParameters parameters = new(Header);
        parameters.SetMemoryMap(layout.E820);
        parameters.SetCode32Start((uint)LoadAddress);
        CommandLines.Write(
            memory, BootAddresses.CommandLine, options.CommandLine, CommandLineLimit,
            $"cmdline_size of {file.Name}");
        parameters.SetCommandLine(BootAddresses.CommandLine);
        if (options.AcpiRootTable is ulong root)
        {
            parameters.SetAcpiRootTable(root);
        }

        if (options.Initrd is BootFile initrd)
        {
            ulong address = Boot.Initrd.Load(
                memory, layout, initrd, kernelEnd, Header.InitrdAddressMax, $"initrd_addr_max of {file.Name}");
            parameters.SetInitrd(address, initrd.Length);
        }

        file.CopyTo(memory, codeOffset, LoadAddress, codeSize, "the protected-mode code");
        memory.Write(BootAddresses.Parameters, parameters.Bytes);
        bool isLong = Header.Has64BitEntry && !options.Use32BitEntry;
        FlatSegments.Write(memory, BootAddresses.DescriptorTable, isLong);
        return isLong
            ? LongModeEntry(memory)
            : FlatEntry();
    }

    private static X64StartState LongModeEntry(GuestMemory memory)
    {
        IdentityPageTables.Write(memory, BootAddresses.PageTables);
        return X64StartState.LongMode(LoadAddress + Entry64, BootAddresses.PageTables) with
        {
            Rsi = BootAddresses.Parameters,
            Rsp = BootAddresses.StackTop,
        };
    }

    // The 32-bit protocol has ebp, edi and ebx 0, as all registers that are not named are.
    private static X64StartState FlatEntry() => X64StartState.Flat32((uint)LoadAddress) with
    {
        Rsi = BootAddresses.Parameters,
        Rsp = BootAddresses.StackTop,
    };

    // What lies behind it belongs to the BIOS area, and no kernel's limit is near.
    private ulong CommandLineLimit =>
        Math.Min(Header.CommandLineSize, PcMemoryLayout.LowMemoryEnd - BootAddresses.CommandLine - 1);

    private void Check()
    {
        if (!Header.IsLoadedHigh)
        {
            throw SetupHeader.Wrong(
                file, "loadflags at 0x211 says that it is a zImage, loaded at 0x10000; name a bzImage");
        }

        if (Header.SystemSize == 0)
        {
            throw SetupHeader.Wrong(file, "syssize at 0x1f4 is 0: it has no protected-mode code");
        }

        if (!file.Has(codeOffset, codeSize))
        {
            throw file.Truncated(codeOffset, codeSize, "the protected-mode code (syssize at 0x1f4)");
        }

        uint alignment = Header.KernelAlignment;
        if (Header.IsRelocatable && (alignment == 0 || (alignment & (alignment - 1)) != 0))
        {
            throw SetupHeader.Wrong(
                file, $"kernel_alignment at 0x230 is 0x{alignment:x}, which is no power of two");
        }

        if (Header.PreferredAddress > ulong.MaxValue - uint.MaxValue)
        {
            throw SetupHeader.Wrong(
                file, $"pref_address at 0x258 is 0x{Header.PreferredAddress:x}, beyond all addresses");
        }
    }

    // boot.rst, init_size: from where the kernel runs it must have this much memory; it moves itself there.
    private ulong CheckMemory(PcMemoryLayout layout)
    {
        ulong alignment = Math.Max(Header.KernelAlignment, 1);
        ulong runsAt = Header.IsRelocatable
            ? Math.Max((LoadAddress + alignment - 1) & ~(alignment - 1), Header.PreferredAddress)
            : Header.PreferredAddress;
        ulong end = Math.Max(runsAt + Header.InitSize, LoadAddress + Header.SystemSize);
        if (end > layout.LowSize)
        {
            string what = end > PcMemoryLayout.HoleStart
                ? "and there is none in one piece beyond 3 GiB: the fields are wrong"
                : $"so it needs at least {(end + 0xf_ffff) >> 20} MiB and has {layout.Size >> 20}";
            throw new BootImageException(
                $"{file.Name} runs at 0x{runsAt:x} (pref_address) and uses 0x{Header.InitSize:x} bytes from "
                + $"there (init_size), {what}");
        }

        return end;
    }
}
