namespace KvmInterop;

/// <summary>
/// Follows a guest's page tables in its memory, and reads and writes memory by virtual address.
/// </summary>
/// <remarks>
/// Needs no vCPU: give it the registers that say where the tables are, or take
/// <see cref="Vcpu.CreatePageWalker"/>. It sets no accessed or dirty bits. Whatever a guest writes in its
/// tables, a walk reads at most one entry a level and nothing outside of guest memory. Any thread may use it;
/// tables that a running guest changes are seen before or after the change.
/// </remarks>
public abstract class GuestPageWalker
{
    private protected GuestPageWalker(GuestMemory memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        Memory = memory;
    }

    /// <summary>Where the tables are.</summary>
    public GuestMemory Memory { get; }

    /// <summary>Where a virtual address leads, or where the walk ended.</summary>
    /// <param name="address">Virtual: linear on x86.</param>
    public abstract PageTranslation Translate(ulong address);

    /// <summary>Copies out memory by virtual address, over as many pages as it takes.</summary>
    /// <param name="address">The first virtual address.</param>
    /// <param name="destination">Filled as far as pages are mapped to memory.</param>
    /// <returns>Bytes read: fewer than asked for where a page is not mapped or no memory.</returns>
    public int Read(ulong address, Span<byte> destination)
    {
        int done = 0;
        while (TryPiece(address, done, destination.Length, out ulong physical, out int length)
            && Memory.TryRead(physical, destination.Slice(done, length)))
        {
            done += length;
        }

        return done;
    }

    /// <summary>
    /// Copies into memory by virtual address. Does not ask whether the guest itself could write there.
    /// </summary>
    /// <param name="address">The first virtual address.</param>
    /// <param name="source">Written as far as pages are mapped to memory.</param>
    /// <returns>Bytes written.</returns>
    public int Write(ulong address, ReadOnlySpan<byte> source)
    {
        int done = 0;
        while (TryPiece(address, done, source.Length, out ulong physical, out int length)
            && Memory.TryWrite(physical, source.Slice(done, length)))
        {
            done += length;
        }

        return done;
    }

    // What is left of the page that holds the next byte; false at the end, and where there is no page or no
    // address any more.
    internal bool TryPiece(ulong address, int done, int total, out ulong physical, out int length)
    {
        ulong next = unchecked(address + (ulong)done);
        PageTranslation page = done == total || next < address
            ? PageTranslation.Failed(next, PageWalkFailure.InvalidAddress)
            : Translate(next);
        physical = page.PhysicalAddress;
        length = page.IsMapped
            ? (int)Math.Min((ulong)(total - done), page.PageSize - (next & (page.PageSize - 1)))
            : 0;
        return length > 0;
    }

    private protected bool TryReadEntry(ulong address, out ulong entry) => Memory.TryRead(address, out entry);
}
