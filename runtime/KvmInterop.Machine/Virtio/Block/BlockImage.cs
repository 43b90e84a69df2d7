namespace KvmInterop.Machine.Virtio.Block;

/// <summary>What is on a disk: sectors that are read and written.</summary>
/// <remarks>
/// Used by one thread at a time. Offsets and lengths are bytes, multiples of <see cref="SectorSize"/>, and
/// within <see cref="Length"/>: the disk has checked them.
/// </remarks>
public abstract class BlockImage : IDisposable
{
    /// <summary>Bytes of a sector, the unit in which drivers count (virtio 1.2, section 5.2.6).</summary>
    public const int SectorSize = 512;

    /// <summary>Bytes of the disk, a multiple of <see cref="SectorSize"/>.</summary>
    public abstract long Length { get; }

    /// <summary>Whether it is never written.</summary>
    public abstract bool IsReadOnly { get; }

    /// <summary>Reads.</summary>
    /// <param name="destination">Filled completely.</param>
    /// <param name="offset">Of the first byte.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public abstract void Read(Span<byte> destination, long offset);

    /// <summary>Reads into guest memory. Here: piece by piece.</summary>
    /// <param name="memory">The guest's.</param>
    /// <param name="buffers">Filled completely, one after the other.</param>
    /// <param name="offset">Of the first byte.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="GuestMemoryException">A buffer is in memory no more.</exception>
    public virtual void Read(GuestMemory memory, ReadOnlySpan<GuestBuffer> buffers, long offset)
    {
        ArgumentNullException.ThrowIfNull(memory);
        foreach (GuestBuffer buffer in buffers)
        {
            for (GuestBuffer rest = buffer; rest.Length > 0;)
            {
                using GuestMemoryLease lease = memory.Lease(rest.Address, LengthInOneRegion(memory, rest));
                Read(lease.Span, offset);
                offset += lease.Span.Length;
                rest = Without(rest, lease.Span.Length);
            }
        }
    }

    /// <summary>Writes from guest memory. Here: piece by piece.</summary>
    /// <param name="memory">The guest's.</param>
    /// <param name="buffers">Written completely, one after the other.</param>
    /// <param name="offset">Of the first byte.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="GuestMemoryException">A buffer is in memory no more.</exception>
    public virtual void Write(GuestMemory memory, ReadOnlySpan<GuestBuffer> buffers, long offset)
    {
        ArgumentNullException.ThrowIfNull(memory);
        foreach (GuestBuffer buffer in buffers)
        {
            for (GuestBuffer rest = buffer; rest.Length > 0;)
            {
                using GuestMemoryReadLease lease =
                    memory.LeaseForReading(rest.Address, LengthInOneRegion(memory, rest));
                Write(lease.Span, offset);
                offset += lease.Span.Length;
                rest = Without(rest, lease.Span.Length);
            }
        }
    }

    /// <summary>Writes; stable after <see cref="Flush"/>.</summary>
    /// <param name="source">Written completely.</param>
    /// <param name="offset">Of the first byte.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public abstract void Write(ReadOnlySpan<byte> source, long offset);

    /// <summary>Makes what was written stable, against a loss of power of the host's.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public abstract void Flush();

    /// <summary>Says that the contents of a range do not matter any more.</summary>
    /// <exception cref="IOException">It failed.</exception>
    public abstract void Discard(long offset, long length);

    /// <summary>Makes a range read as zeros.</summary>
    /// <param name="offset">Of the first byte.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="mayUnmap">Whether the room of the range may be given back.</param>
    /// <exception cref="IOException">It failed.</exception>
    public abstract void WriteZeroes(long offset, long length, bool mayUnmap);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the image has.</summary>
    /// <param name="disposing">True.</param>
    protected abstract void Dispose(bool disposing);

    // Regions are whole pages of the host's, none of which is smaller than this.
    private static int LengthInOneRegion(GuestMemory memory, GuestBuffer buffer)
    {
        const uint SmallestPage = 4096;
        int whole = (int)Math.Min(buffer.Length, int.MaxValue);
        if (memory.TryLeaseForReading(buffer.Address, whole, out GuestMemoryReadLease lease))
        {
            lease.Dispose();
            return whole;
        }

        return (int)Math.Min((uint)whole, SmallestPage - (uint)(buffer.Address & (SmallestPage - 1)));
    }

    private static GuestBuffer Without(GuestBuffer buffer, int length) =>
        new(buffer.Address + (uint)length, buffer.Length - (uint)length);
}
