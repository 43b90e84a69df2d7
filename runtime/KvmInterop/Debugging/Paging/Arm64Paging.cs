namespace KvmInterop;

/// <summary>The registers that decide how an arm64 processor translates addresses at EL1 and EL0.</summary>
/// <param name="Sctlr">SCTLR_EL1, for M.</param>
/// <param name="Tcr">TCR_EL1: sizes, granules, walks that are off, tags.</param>
/// <param name="Ttbr0">TTBR0_EL1: the first table of the lower half.</param>
/// <param name="Ttbr1">TTBR1_EL1: the first table of the upper half.</param>
public readonly record struct Arm64Paging(ulong Sctlr, ulong Tcr, ulong Ttbr0, ulong Ttbr1)
{
    private const ulong MmuEnabled = 1 << 0;
    private const ulong WideAddresses = 1ul << 59;

    internal bool IsEnabled => (Sctlr & MmuEnabled) != 0;

    /// <summary>TCR_EL1.DS: 52-bit addresses with granules of 4 and 16 KiB (FEAT_LPA2).</summary>
    internal bool HasWideAddresses => (Tcr & WideAddresses) != 0;

    /// <summary>Whether TTBRn_EL1 holds an address of 52 bits: DS, or with 64 KiB TCR_EL1.IPS.</summary>
    internal bool HasWideOutput(int pageShift) =>
        pageShift == 16 ? ((Tcr >> 32) & 0b111) == 0b110 : HasWideAddresses;

    // Arm ARM, TCR_EL1: the upper half's fields lie 16 bits higher, but for the granule's codes and the tags.
    internal Half Lower => new(
        Ttbr0, (int)(Tcr & 0x3f), (Tcr & (1 << 7)) != 0, (Tcr & (1ul << 37)) != 0,
        ((Tcr >> 14) & 0b11) switch { 0b01 => 16, 0b10 => 14, _ => 12 });

    internal Half Upper => new(
        Ttbr1, (int)((Tcr >> 16) & 0x3f), (Tcr & (1 << 23)) != 0, (Tcr & (1ul << 38)) != 0,
        ((Tcr >> 30) & 0b11) switch { 0b01 => 14, 0b11 => 16, _ => 12 });

    /// <summary>One of the two halves of the addresses.</summary>
    /// <param name="Table">TTBRn_EL1.</param>
    /// <param name="UnusedBits">TnSZ: how many top bits all addresses of the half have alike.</param>
    /// <param name="IsOff">EPDn: misses of the TLB are not walked.</param>
    /// <param name="IgnoresTag">TBIn: the top byte of an address may be anything.</param>
    /// <param name="PageShift">The granule: 12, 14 or 16 for 4, 16 or 64 KiB.</param>
    internal readonly record struct Half(
        ulong Table, int UnusedBits, bool IsOff, bool IgnoresTag, int PageShift);
}
