using System.Numerics;

namespace KvmInterop;

/// <summary>The dirty pages of one region while a tracker follows it.</summary>
/// <remarks>
/// Two bitmaps, a bit for each page. Any thread sets bits in the pending one, for what the host writes and
/// for what the rings tell. The harvested one belongs to the tracker, under its lock.
/// </remarks>
internal sealed class DirtyRegion
{
    private static readonly int PageShift = BitOperations.Log2((uint)Environment.SystemPageSize);

    private readonly ulong[] pending;
    private readonly ulong[] harvested;

    internal DirtyRegion(ulong address, ulong size, bool isLogged, bool isDirty)
    {
        Address = address;
        IsLogged = isLogged;
        Pages = (long)(size >> PageShift);
        int words = (int)((Pages + DirtyBitmap.WordBits - 1) / DirtyBitmap.WordBits);
        pending = new ulong[words];
        harvested = new ulong[words];
        if (isDirty)
        {
            MarkAll();
        }
    }

    internal ulong Address { get; }

    internal long Pages { get; }

    /// <summary>Whether KVM logs it: the guest can write to it.</summary>
    internal bool IsLogged { get; }

    /// <summary>The memory slot; set before anybody else sees this object.</summary>
    internal int Slot { get; set; }

    internal Span<ulong> Harvested => harvested;

    /// <summary>Pages that were written. To be called after the write.</summary>
    /// <remarks>
    /// After it, because a harvest that takes the mark also copies the page; a write that comes later than
    /// both would be in neither. The atomic operation is the fence between the write and the mark.
    /// </remarks>
    internal void Mark(ulong offset, ulong length)
    {
        if (length == 0)
        {
            return;
        }

        ulong first = offset >> PageShift;
        ulong last = (offset + (length - 1)) >> PageShift;
        for (ulong word = first / DirtyBitmap.WordBits; word <= last / DirtyBitmap.WordBits; word++)
        {
            // From the first bit on in the first word, up to the last bit in the last word. A shift count is
            // taken modulo 64.
            ulong mask = word == first / DirtyBitmap.WordBits ? ulong.MaxValue << (int)first : ulong.MaxValue;
            mask &= word == last / DirtyBitmap.WordBits ? ulong.MaxValue >> ~(int)last : ulong.MaxValue;
            Interlocked.Or(ref pending[word], mask);
        }
    }

    internal void MarkAll() => Mark(0, (ulong)Pages << PageShift);

    /// <summary>As <see cref="Mark"/>, for a page that the kernel names in a ring.</summary>
    internal void MarkPage(ulong page)
    {
        // The slot's number may have had another region when the entry was made.
        if (page < (ulong)Pages)
        {
            Mark(page << PageShift, 1);
        }
    }

    /// <summary>Adds what is pending to the harvest.</summary>
    internal void TakePending()
    {
        for (int word = NextPending(0); word >= 0; word = NextPending(word + 1))
        {
            harvested[word] |= Interlocked.Exchange(ref pending[word], 0);
        }
    }

    /// <summary>Makes the harvest pending again.</summary>
    internal void PutBack()
    {
        for (int word = 0; word < harvested.Length; word++)
        {
            if (harvested[word] != 0)
            {
                Interlocked.Or(ref pending[word], harvested[word]);
            }
        }
    }

    private int NextPending(int from)
    {
        int next = pending.AsSpan(from).IndexOfAnyExcept(0UL);
        return next < 0 ? -1 : from + next;
    }
}
