namespace KvmInterop.Machine.Virtio;

// The bytes themselves, without a copy.
public sealed partial class DescriptorChain
{
    // Regions of guest memory are whole pages of the host's, none of which is smaller.
    private const uint SmallestPage = 4096;

    /// <summary>A view of the next bytes to read that lie in one piece, which count as read.</summary>
    /// <param name="most">As many at most.</param>
    /// <param name="lease">To be disposed, if there is one. The guest may change the bytes.</param>
    /// <returns>False where nothing is left, or its memory is gone.</returns>
    public bool TryLeaseReadable(int most, out GuestMemoryReadLease lease)
    {
        lease = default;
        GuestBuffer piece = NextReadable((uint)most);
        if (piece.Length == 0 || memory.TryLeaseForReading(piece.Address, (int)piece.Length, out lease))
        {
            return piece.Length != 0;
        }

        // It lies in two regions: up to the end of its page it cannot.
        readOffset -= piece.Length;
        ReadableLeft += piece.Length;
        piece = NextReadable(Math.Min(piece.Length, LeftOfPage(piece.Address)));
        return memory.TryLeaseForReading(piece.Address, (int)piece.Length, out lease);
    }

    /// <summary>
    /// A view of the next bytes to write that lie in one piece, all of which count as written.
    /// </summary>
    /// <inheritdoc cref="TryLeaseReadable" path="/param|/returns"/>
    public bool TryLeaseWritable(int most, out GuestMemoryLease lease)
    {
        lease = default;
        GuestBuffer piece = NextWritable((uint)most);
        if (piece.Length == 0 || memory.TryLease(piece.Address, (int)piece.Length, out lease))
        {
            return piece.Length != 0;
        }

        writeOffset -= piece.Length;
        WritableLeft += piece.Length;
        Written -= piece.Length;
        piece = NextWritable(Math.Min(piece.Length, LeftOfPage(piece.Address)));
        return memory.TryLease(piece.Address, (int)piece.Length, out lease);
    }

    private static uint LeftOfPage(ulong address) => SmallestPage - (uint)(address & (SmallestPage - 1));
}
