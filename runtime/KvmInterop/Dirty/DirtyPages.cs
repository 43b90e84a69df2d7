namespace KvmInterop;

/// <summary>
/// The pages of one <see cref="DirtyTracker.Harvest"/>: a view of the tracker's own bitmaps.
/// </summary>
/// <remarks>
/// <para>Good until the tracker's next harvest, which reuses the bitmaps. To enumerate allocates nothing; for
/// one thread at a time.</para>
/// <para>The ranges rise, do not overlap and do not touch: pages that lie one after the other are one range,
/// also over the border of two regions.</para>
/// </remarks>
public readonly struct DirtyPages
{
    private readonly DirtyTracker tracker;
    private readonly DirtyRegion[] regions;
    private readonly int harvest;

    internal DirtyPages(DirtyTracker tracker, DirtyRegion[] regions, int harvest)
    {
        this.tracker = tracker;
        this.regions = regions;
        this.harvest = harvest;
    }

    /// <summary>Bytes of all ranges together.</summary>
    /// <exception cref="InvalidOperationException">The tracker was harvested again.</exception>
    public ulong Size
    {
        get
        {
            Check();
            ulong pages = 0;
            foreach (DirtyRegion region in regions)
            {
                pages += DirtyBitmap.Count(region.Harvested);
            }

            return pages * (ulong)Environment.SystemPageSize;
        }
    }

    /// <summary>The ranges, by rising address.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>The ranges in an array, which stays good.</summary>
    /// <exception cref="InvalidOperationException">The tracker was harvested again.</exception>
    public GuestPageRange[] ToArray()
    {
        List<GuestPageRange> ranges = [];
        foreach (GuestPageRange range in this)
        {
            ranges.Add(range);
        }

        return [.. ranges];
    }

    private void Check()
    {
        if (tracker.Harvests != harvest)
        {
            throw new InvalidOperationException(
                "the tracker was harvested again, so the pages of this harvest are gone; use them before, or "
                + "keep them by ToArray");
        }
    }

    /// <summary>Goes through the ranges of a harvest.</summary>
    public struct Enumerator
    {
        private readonly DirtyPages pages;
        private int region;
        private long page;
        private GuestPageRange next;

        internal Enumerator(DirtyPages pages) => this.pages = pages;

        /// <summary>The range.</summary>
        public GuestPageRange Current { get; private set; }

        /// <summary>Goes to the next range; false after the last one.</summary>
        /// <exception cref="InvalidOperationException">The tracker was harvested again.</exception>
        public bool MoveNext()
        {
            pages.Check();
            if (next.Size == 0 && !TryNextRun(out next))
            {
                return false;
            }

            Current = next;
            while (TryNextRun(out next) && next.Address == Current.Address + Current.Size)
            {
                Current = new(Current.Address, Current.Size + next.Size);
            }

            return true;
        }

        // A run within one region; default where there is no more.
        private bool TryNextRun(out GuestPageRange range)
        {
            ulong pageSize = (ulong)Environment.SystemPageSize;
            for (; region < pages.regions.Length; region++, page = 0)
            {
                DirtyRegion one = pages.regions[region];
                if (DirtyBitmap.TryNextRun(one.Harvested, page, out long start, out long end))
                {
                    page = end;
                    range = new(one.Address + ((ulong)start * pageSize), (ulong)(end - start) * pageSize);
                    return true;
                }
            }

            range = default;
            return false;
        }
    }
}
