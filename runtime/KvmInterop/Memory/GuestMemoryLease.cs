namespace KvmInterop;

/// <summary>
/// A view of guest memory without a copy, valid until <see cref="Dispose"/>. While it is held the memory
/// stays mapped, whatever else is disposed or removed.
/// </summary>
/// <remarks>
/// The guest may change the bytes at any time: read what matters once, into a variable, and judge the
/// variable. A lease cannot leave the method that took it; do not use <see cref="Span"/> after
/// <see cref="Dispose"/>.
/// </remarks>
public readonly ref struct GuestMemoryLease
{
    private readonly GuestMemoryRegion? region;
    private readonly ulong offset;

    internal GuestMemoryLease(GuestMemoryRegion? region, ulong offset, Span<byte> span)
    {
        this.region = region;
        this.offset = offset;
        Span = span;
    }

    /// <summary>The bytes of the guest.</summary>
    public Span<byte> Span { get; }

    /// <summary>Gives the view back; its bytes count as written. To be called once.</summary>
    public void Dispose()
    {
        if (region is not null)
        {
            region.Dirty?.Mark(offset, (ulong)Span.Length);
            region.Mapping.DangerousRelease();
        }
    }

    // The same view and the same reference, to be given back by the result alone.
    internal GuestMemoryReadLease ForReading() => new(region?.Mapping, Span);
}
