namespace KvmInterop;

/// <summary>The registers that decide how an x86 processor translates addresses.</summary>
/// <param name="Cr0">For PG.</param>
/// <param name="Cr3">The guest-physical address of the first table.</param>
/// <param name="Cr4">For PSE, PAE and LA57.</param>
/// <param name="Efer">For LMA and NXE.</param>
public readonly record struct X64Paging(ulong Cr0, ulong Cr3, ulong Cr4, ulong Efer)
{
    // Intel SDM volume 3, 2.5 and 2.2.1.
    private const ulong Pg = 1ul << 31;
    private const ulong Pse = 1 << 4;
    private const ulong Pae = 1 << 5;
    private const ulong La57 = 1 << 12;
    private const ulong Lma = 1 << 10;
    private const ulong Nxe = 1 << 11;

    /// <summary>Levels of tables: 0 without paging, 2 for 32-bit, 3 for PAE, 4 or 5 in long mode.</summary>
    public int Levels =>
        (Cr0 & Pg) == 0 ? 0
        : (Cr4 & Pae) == 0 ? 2
        : (Efer & Lma) == 0 ? 3
        : (Cr4 & La57) == 0 ? 4 : 5;

    internal bool HasLargePages => Levels != 2 || (Cr4 & Pse) != 0;

    internal bool HasNoExecute => Levels > 2 && (Efer & Nxe) != 0;
}
