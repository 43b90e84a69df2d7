namespace KvmInterop;

/// <summary>What <see cref="GuestMemory.Add"/> makes a region of.</summary>
public sealed record GuestMemoryOptions
{
    /// <summary>What stands behind it; anonymous memory unless told otherwise.</summary>
    public GuestMemoryBacking Backing { get; init; } = GuestMemoryBacking.Anonymous;

    /// <summary>
    /// The pages that it should be made of. Where they cannot be had, the region has smaller ones and says
    /// why: <see cref="GuestMemoryRegion.HugePages"/>, <see cref="GuestMemoryRegion.HugePagesFallback"/>.
    /// </summary>
    public GuestHugePages HugePages { get; init; }

    /// <summary>No fallback: without the pages of <see cref="HugePages"/> there is no region.</summary>
    public bool RequireHugePages { get; init; }

    /// <summary>
    /// The guest can read it and not write: a write arrives as KVM_EXIT_MMIO (KVM_MEM_READONLY), as with a
    /// ROM. This process can write.
    /// </summary>
    public bool IsReadOnly { get; init; }

    /// <summary>
    /// Whether a <see cref="DirtyTracker"/> follows writes to it. False for memory whose content
    /// nobody saves, such as a frame buffer. Costs nothing while there is no tracker.
    /// </summary>
    public bool TracksDirtyPages { get; init; } = true;

    /// <summary>
    /// All pages are made now (MADV_POPULATE_WRITE), and not as they are touched: slower to start, with no
    /// page fault and no lack of memory later.
    /// </summary>
    public bool Populate { get; init; }
}
