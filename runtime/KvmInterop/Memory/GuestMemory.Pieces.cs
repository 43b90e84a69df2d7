namespace KvmInterop;

public sealed partial class GuestMemory
{
    /// <summary>A range of any size as leases, each within one region and short enough for a span.</summary>
    private ref struct Pieces
    {
        private const ulong Longest = 1 << 30;

        private readonly GuestMemory memory;
        private readonly GuestMemoryRegion[] snapshot;
        private int index;
        private ulong address;
        private ulong length;

        /// <exception cref="GuestMemoryException">Not all of it is memory.</exception>
        internal Pieces(GuestMemory memory, ulong address, ulong length)
        {
            this.memory = memory;
            this.address = address;
            this.length = length;
            snapshot = memory.regions;
            if (!Covers(snapshot, address, length, out index))
            {
                memory.ThrowNotMemory(address, length);
            }
        }

        /// <summary>The next piece, which the caller disposes; false after the last one.</summary>
        /// <exception cref="GuestMemoryException">A region was removed meanwhile.</exception>
        internal bool Next(out GuestMemoryLease piece)
        {
            piece = default;
            if (length == 0)
            {
                return false;
            }

            piece = Piece(snapshot[index], address, (int)Math.Min(length, Longest));
            if (piece.Span.IsEmpty)
            {
                memory.ThrowNotMemory(address, length);
            }

            address += (ulong)piece.Span.Length;
            length -= (ulong)piece.Span.Length;
            index += length > 0 && address > snapshot[index].LastAddress ? 1 : 0;
            return true;
        }
    }
}
