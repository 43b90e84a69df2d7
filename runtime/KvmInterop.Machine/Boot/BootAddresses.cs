namespace KvmInterop.Machine.Boot;

/// <summary>
/// Where loaders put what they make for a guest: below 640 KiB, where PCs leave memory free, and in the BIOS
/// area.
/// </summary>
public static class BootAddresses
{
    /// <summary>A descriptor table with flat code and data segments: <see cref="Cpu.FlatSegments"/>.</summary>
    public const ulong DescriptorTable = 0x500;

    /// <summary>Linux's boot parameters or PVH's start information: a page. What a multiboot kernel is told, unless it
    /// lies there itself.</summary>
    public const ulong Parameters = 0x7000;

    /// <summary>The top of a small stack.</summary>
    public const ulong StackTop = 0x8ff0;

    /// <summary>Page tables that map the first GiB to itself: three pages.</summary>
    public const ulong PageTables = 0x9000;

    /// <summary>The command line.</summary>
    public const ulong CommandLine = 0x2_0000;

    /// <summary>Tables of ACPI: reserved in the map of memory.</summary>
    public const ulong AcpiTables = 0xe_0000;

    /// <summary>The end of what <see cref="AcpiTables"/> may take.</summary>
    public const ulong AcpiTablesEnd = BiosServices.Address;
}
