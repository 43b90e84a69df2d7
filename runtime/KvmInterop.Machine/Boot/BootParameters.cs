using System.Buffers.Binary;
using System.Collections.Immutable;

namespace KvmInterop.Machine.Boot;

/// <summary>
/// The page of parameters that Linux is started with ("zero page"): struct boot_params (kernel document
/// arch/x86/zero-page.rst; arch/x86/include/uapi/asm/bootparam.h).
/// </summary>
public sealed class BootParameters
{
    /// <summary>Bytes: a page.</summary>
    public const int Size = 0x1000;

    /// <summary>Entries that <c>e820_table</c> has room for.</summary>
    public const int MostE820Entries = 128;

    private const int AcpiRsdpAddressAt = 0x070;
    private const int ExtRamdiskImageAt = 0x0c0;
    private const int ExtRamdiskSizeAt = 0x0c4;
    private const int ExtCommandLineAt = 0x0c8;
    private const int E820EntriesAt = 0x1e8;
    private const int VideoModeAt = 0x1fa;
    private const int TypeOfLoaderAt = 0x210;
    private const int LoadFlagsAt = 0x211;
    private const int Code32StartAt = 0x214;
    private const int RamdiskImageAt = 0x218;
    private const int RamdiskSizeAt = 0x21c;
    private const int HeapEndAt = 0x224;
    private const int CommandLineAt = 0x228;
    private const int E820TableAt = 0x2d0;

    // boot.rst: a loader without a number of its own says 0xff; loadflags bit 7, CAN_USE_HEAP.
    private const byte UndefinedLoader = 0xff;
    private const byte CanUseHeap = 0x80;
    private const ushort HeapEnd = 0xfe00;
    private const ushort VideoModeNormal = 0xffff;

    private readonly byte[] page = new byte[Size];

    /// <summary>
    /// Parameters with the kernel's own header in them, and all else 0, as boot.rst wants it for the 32-bit
    /// and 64-bit protocols.
    /// </summary>
    /// <param name="header">Copied to 0x1f1. Null for a kernel without one, such as an ELF vmlinux.</param>
    public BootParameters(SetupHeader? header = null)
    {
        header?.Bytes.Span.CopyTo(page.AsSpan(SetupHeader.Offset));
        page[TypeOfLoaderAt] = UndefinedLoader;
        page[LoadFlagsAt] |= CanUseHeap;
        BinaryPrimitives.WriteUInt16LittleEndian(page.AsSpan(HeapEndAt), HeapEnd);
        BinaryPrimitives.WriteUInt16LittleEndian(page.AsSpan(VideoModeAt), VideoModeNormal);
        if (header is null)
        {
            // Linux looks for these two in startup code that ELF and bzImage share.
            BinaryPrimitives.WriteUInt16LittleEndian(page.AsSpan(0x1fe), SetupHeader.BootFlag);
            BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(0x202), SetupHeader.Magic);
        }
    }

    /// <summary>The page as it is for the guest.</summary>
    public ReadOnlySpan<byte> Bytes => page;

    /// <summary>Where the kernel's 32-bit code was loaded (<c>code32_start</c>).</summary>
    public void SetCode32Start(uint address) => Write(Code32StartAt, address);

    /// <summary>Where the command line is (<c>cmd_line_ptr</c>, <c>ext_cmd_line_ptr</c>).</summary>
    public void SetCommandLine(ulong address) => Write(CommandLineAt, ExtCommandLineAt, address);

    /// <summary>Where the initrd is (<c>ramdisk_image</c> and <c>ramdisk_size</c>, with their upper halves).
    /// </summary>
    /// <param name="address">Guest-physical.</param>
    /// <param name="size">Bytes.</param>
    public void SetInitrd(ulong address, ulong size)
    {
        Write(RamdiskImageAt, ExtRamdiskImageAt, address);
        Write(RamdiskSizeAt, ExtRamdiskSizeAt, size);
    }

    /// <summary>Where ACPI begins (<c>acpi_rsdp_addr</c>).</summary>
    public void SetAcpiRootTable(ulong address) =>
        BinaryPrimitives.WriteUInt64LittleEndian(page.AsSpan(AcpiRsdpAddressAt), address);

    /// <summary>The map of memory (<c>e820_entries</c>, <c>e820_table</c>).</summary>
    /// <exception cref="ArgumentException">There are more than <see cref="MostE820Entries"/>.</exception>
    public void SetMemoryMap(ImmutableArray<E820Entry> entries)
    {
        if (entries.Length > MostE820Entries)
        {
            throw new ArgumentException(
                $"{entries.Length} ranges of memory are more than the {MostE820Entries} that boot_params has "
                + "room for", nameof(entries));
        }

        page[E820EntriesAt] = (byte)entries.Length;
        for (int i = 0; i < entries.Length; i++)
        {
            entries[i].Write(page.AsSpan(E820TableAt + (i * E820Entry.EncodedSize)));
        }
    }

    private void Write(int at, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(at), value);

    private void Write(int lowAt, int highAt, ulong value)
    {
        Write(lowAt, (uint)value);
        Write(highAt, (uint)(value >> 32));
    }
}
