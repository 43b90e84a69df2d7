namespace KvmInterop;

/// <summary>
/// Page tables of x86: none, 32-bit, PAE, 4 and 5 levels, with pages of 4 KiB to 1 GiB
/// (Intel SDM volume 3, chapter 4).
/// </summary>
public sealed class X64PageWalker : GuestPageWalker
{
    private const ulong Present = 1 << 0;
    private const ulong Writable = 1 << 1;
    private const ulong User = 1 << 2;
    private const ulong Large = 1 << 7;
    private const ulong NoExecute = 1ul << 63;

    private const int PageShift = 12;
    private const ulong Address52 = 0x000f_ffff_ffff_f000;
    private const ulong Address32 = 0xffff_f000;
    private const ulong PaeTableAlignment = 31;

    // The highest level whose entries can be pages of their own.
    private const int LargestPageLevel = 3;

    private readonly X64Paging paging;

    /// <summary>A walk with these registers.</summary>
    public X64PageWalker(GuestMemory memory, X64Paging paging)
        : base(memory) => this.paging = paging;

    /// <inheritdoc/>
    public override PageTranslation Translate(ulong address)
    {
        int levels = paging.Levels;
        if (!IsAddress(address, levels))
        {
            return PageTranslation.Failed(address, PageWalkFailure.InvalidAddress);
        }

        const PageAccess All =
            PageAccess.Write | PageAccess.Execute | PageAccess.User | PageAccess.UserExecute;
        if (levels == 0)
        {
            return new(address, address, 1 << PageShift, All, PageWalkFailure.None, 0, 0);
        }

        return levels == 2 ? Walk32(address, All) : Walk64(address, levels, All);
    }

    private static bool IsAddress(ulong address, int levels)
    {
        if (levels < 4)
        {
            return address <= uint.MaxValue;
        }

        int unused = 64 - (PageShift + (9 * levels));
        return (ulong)((long)(address << unused) >> unused) == address;
    }

    // Tables of 1,024 entries of 4 bytes.
    private PageTranslation Walk32(ulong address, PageAccess access)
    {
        ulong table = paging.Cr3 & Address32;
        for (int level = 2; ; level--)
        {
            int shift = PageShift + (10 * (level - 1));
            ulong span = 1ul << shift;
            if (!Memory.TryRead(table + (((address >> shift) & 0x3ff) * sizeof(uint)), out uint entry))
            {
                return PageTranslation.Failed(address, PageWalkFailure.TableNotMemory, level, 0, span);
            }

            if ((entry & Present) == 0)
            {
                return PageTranslation.Failed(address, PageWalkFailure.NotPresent, level, entry, span);
            }

            access = Narrow(access, entry);
            if (level == 1)
            {
                return Page(address, entry & Address32, shift, access, level, entry);
            }

            if ((entry & Large) != 0 && paging.HasLargePages)
            {
                // PSE-36: bits 13 to 20 of a 4 MiB page's entry are bits 32 to 39 of the address.
                ulong page = (entry & 0xffc0_0000) | ((ulong)((entry >> 13) & 0xff) << 32);
                return Page(address, page, shift, access, level, entry);
            }

            table = entry & Address32;
        }
    }

    // Tables of 512 entries of 8 bytes; PAE's first has 4.
    private PageTranslation Walk64(ulong address, int levels, PageAccess access)
    {
        ulong table = levels == 3 ? paging.Cr3 & uint.MaxValue & ~PaeTableAlignment : paging.Cr3 & Address52;
        for (int level = levels; ; level--)
        {
            int shift = PageShift + (9 * (level - 1));
            ulong span = 1ul << shift;
            if (!TryReadEntry(table + (((address >> shift) & 0x1ff) * sizeof(ulong)), out ulong entry))
            {
                return PageTranslation.Failed(address, PageWalkFailure.TableNotMemory, level, 0, span);
            }

            if ((entry & Present) == 0)
            {
                return PageTranslation.Failed(address, PageWalkFailure.NotPresent, level, entry, span);
            }

            // The four first entries of PAE have no permissions and make no pages.
            bool isPaeRoot = levels == 3 && level == 3;
            if ((level > LargestPageLevel || isPaeRoot) && (entry & Large) != 0)
            {
                return PageTranslation.Failed(address, PageWalkFailure.ReservedForm, level, entry, span);
            }

            if ((entry & NoExecute) != 0 && (!paging.HasNoExecute || isPaeRoot))
            {
                return PageTranslation.Failed(address, PageWalkFailure.ReservedForm, level, entry, span);
            }

            access = isPaeRoot ? access : Narrow(access, entry);
            if (level == 1 || (entry & Large) != 0)
            {
                return Page(address, entry & Address52 & ~(span - 1), shift, access, level, entry);
            }

            table = entry & Address52;
        }
    }

    private static PageAccess Narrow(PageAccess access, ulong entry)
    {
        if ((entry & Writable) == 0)
        {
            access &= ~PageAccess.Write;
        }

        if ((entry & User) == 0)
        {
            access &= ~(PageAccess.User | PageAccess.UserExecute);
        }

        return (entry & NoExecute) == 0 ? access : access & ~(PageAccess.Execute | PageAccess.UserExecute);
    }

    private static PageTranslation Page(
        ulong address, ulong page, int shift, PageAccess access, int level, ulong entry)
    {
        ulong size = 1ul << shift;
        return new(address, page | (address & (size - 1)), size, access, PageWalkFailure.None, level, entry);
    }
}
