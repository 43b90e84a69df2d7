namespace KvmInterop;

/// <summary>
/// Stage 1 tables of arm64 at EL1 and EL0, with granules of 4, 16 and 64 KiB (Arm ARM, D8).
/// </summary>
/// <remarks>
/// What the host adds as stage 2 is KVM's and cannot be seen from here: the result is what KVM calls
/// guest-physical.
/// </remarks>
public sealed class Arm64PageWalker : GuestPageWalker
{
    private const ulong Valid = 1 << 0;
    private const ulong TableOrPage = 1 << 1;
    private const ulong UserAccess = 1 << 6;
    private const ulong ReadOnly = 1 << 7;
    private const ulong PrivilegedNoExecute = 1ul << 53;
    private const ulong UserNoExecute = 1ul << 54;

    // Of tables, for everything below them.
    private const ulong TablePrivilegedNoExecute = 1ul << 59;
    private const ulong TableUserNoExecute = 1ul << 60;
    private const ulong TableNoUser = 1ul << 61;
    private const ulong TableReadOnly = 1ul << 62;

    private const int LastLevel = 3;
    private const int MostAddressBits = 52;
    private const ulong UpperHalf = 1ul << 55;

    private readonly Arm64Paging paging;

    /// <summary>A walk with these registers.</summary>
    public Arm64PageWalker(GuestMemory memory, Arm64Paging paging)
        : base(memory) => this.paging = paging;

    /// <inheritdoc/>
    public override PageTranslation Translate(ulong address)
    {
        if (!paging.IsEnabled)
        {
            const PageAccess All =
                PageAccess.Write | PageAccess.Execute | PageAccess.User | PageAccess.UserExecute;
            return new(address, address, 1 << 12, All, PageWalkFailure.None, LastLevel, 0);
        }

        // Bit 55 chooses the half, whether or not the top byte is a tag.
        bool isUpper = (address & UpperHalf) != 0;
        Arm64Paging.Half half = isUpper ? paging.Upper : paging.Lower;
        int bits = 64 - half.UnusedBits;
        bool isSize = bits > half.PageShift && bits <= MostAddressBits;
        if (half.IsOff || !isSize || !IsIn(half, bits, isUpper, address))
        {
            return PageTranslation.Failed(address, PageWalkFailure.InvalidAddress);
        }

        return Walk(address, half, bits);
    }

    private static bool IsIn(Arm64Paging.Half half, int bits, bool isUpper, ulong address)
    {
        int top = half.IgnoresTag ? 56 : 64;
        ulong mask = (top == 64 ? ulong.MaxValue : (1ul << top) - 1) & ~((1ul << bits) - 1);
        return (address & mask) == (isUpper ? mask : 0);
    }

    private PageTranslation Walk(ulong address, Arm64Paging.Half half, int bits)
    {
        int stride = half.PageShift - 3;
        int levels = (bits - half.PageShift + stride - 1) / stride;
        int level = LastLevel + 1 - levels;

        // The first table may be smaller than a page, and is aligned to its own size.
        int firstBits = bits - half.PageShift - ((levels - 1) * stride);
        ulong table = FirstTable(half, 8ul << firstBits);
        ulong limits = 0;
        for (int indexBits = firstBits; ; level++, indexBits = stride)
        {
            int shift = half.PageShift + ((LastLevel - level) * stride);
            ulong span = 1ul << shift;
            ulong index = (address >> shift) & ((1ul << indexBits) - 1);
            if (!TryReadEntry(table + (index * sizeof(ulong)), out ulong entry))
            {
                return PageTranslation.Failed(address, PageWalkFailure.TableNotMemory, level, 0, span);
            }

            if ((entry & Valid) == 0)
            {
                return PageTranslation.Failed(address, PageWalkFailure.NotPresent, level, entry, span);
            }

            bool isTable = level < LastLevel && (entry & TableOrPage) != 0;
            if (isTable)
            {
                limits |= entry;
                table = OutputAddress(entry, half.PageShift, half.PageShift);
                continue;
            }

            if (level == LastLevel ? (entry & TableOrPage) == 0 : !HasBlocks(level, half.PageShift))
            {
                return PageTranslation.Failed(address, PageWalkFailure.ReservedForm, level, entry, span);
            }

            ulong page = OutputAddress(entry, half.PageShift, shift) | (address & (span - 1));
            return new(address, page, span, AccessOf(entry, limits), PageWalkFailure.None, level, entry);
        }
    }

    // D8.3.1: which levels may map blocks, by granule.
    private bool HasBlocks(int level, int pageShift) => pageShift switch
    {
        12 => level is 1 or 2 || (level == 0 && paging.HasWideAddresses),
        14 => level == 2 || (level == 1 && paging.HasWideAddresses),
        _ => level is 1 or 2,
    };

    private ulong FirstTable(Arm64Paging.Half half, ulong size)
    {
        // With 52-bit addresses bits 5 to 2 of TTBRn_EL1 are bits 51 to 48, and tables lie 64 bytes apart.
        bool isWide = paging.HasWideOutput(half.PageShift);
        ulong alignment = isWide ? Math.Max(size, 64) : size;
        return (half.Table & 0x0000_ffff_ffff_ffff & ~(alignment - 1))
            | (isWide ? (half.Table & 0x3c) << 46 : 0);
    }

    // Bits 47 and below in their place; above them where the granule keeps them.
    private ulong OutputAddress(ulong entry, int pageShift, int alignment)
    {
        ulong address = entry & 0x0000_ffff_ffff_ffff & ~((1ul << alignment) - 1);
        if (pageShift == 16)
        {
            return (address & ~0xf000ul) | ((entry & 0xf000) << 36);
        }

        return paging.HasWideAddresses
            ? address | (entry & 0x0003_0000_0000_0000) | ((entry & 0x300) << 42)
            : address;
    }

    private static PageAccess AccessOf(ulong entry, ulong limits)
    {
        PageAccess access = PageAccess.None;
        access |= ((entry & ReadOnly) | (limits & TableReadOnly)) == 0 ? PageAccess.Write : 0;
        access |= (entry & UserAccess) != 0 && (limits & TableNoUser) == 0 ? PageAccess.User : 0;
        access |= ((entry & PrivilegedNoExecute) | (limits & TablePrivilegedNoExecute)) == 0
            ? PageAccess.Execute : 0;
        access |= ((entry & UserNoExecute) | (limits & TableUserNoExecute)) == 0
            && access.HasFlag(PageAccess.User) ? PageAccess.UserExecute : 0;
        return access;
    }
}
