using System.Runtime.CompilerServices;

namespace KvmInterop;

/// <summary>
/// Guest-physical addresses that are devices and not memory: which device has which, and the way there.
/// </summary>
/// <remarks>
/// <para>Devices come and go at any time, from any thread, also while vCPUs run. An access takes no lock,
/// allocates nothing, and finds its device by binary search. Addresses that are guest memory never come here:
/// KVM hands over only what no memory slot has.</para>
/// <para>KVM reports 1 to 8 bytes at a time, at any alignment, and cuts what crosses a page in two. An access
/// belongs to the device that has its first byte; beyond the device's last byte it reads as ones and does not
/// write. Where nobody has the first byte, a read gives all ones and a write is dropped, both counted.</para>
/// </remarks>
public sealed class MmioBus : Bus
{
    // Replaced as a whole by every change; an access that is under way goes on with the old one.
    private volatile Map map = Map.Of([]);

    /// <inheritdoc/>
    public override IReadOnlyList<BusRange> Ranges => [.. map.Entries.Select(entry => entry.Range)];

    /// <summary>Puts a device on the bus.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="start">Its first guest-physical address.</param>
    /// <param name="size">Bytes, 1 or more; the last may be the last 64-bit address.</param>
    /// <param name="device">The device. One device may have several ranges; offsets count from each one's
    /// start.</param>
    /// <returns>The range, to replace or remove it with.</returns>
    /// <exception cref="ArgumentException">No bytes, or beyond the last 64-bit address.</exception>
    /// <exception cref="InvalidOperationException">Another device has one of the addresses.</exception>
    public BusRange Register(string name, ulong start, ulong size, IBusDevice device)
    {
        BusRange range = BusRange.Check(this, name, start, size, ulong.MaxValue, device);
        lock (Gate)
        {
            BusEntry[] old = map.Entries;
            int position = map.CountUpTo(start);
            if (position > 0 && old[position - 1].Last >= start)
            {
                range.ThrowOverlapWith(old[position - 1].Range);
            }

            if (position < old.Length && old[position].Start <= range.Last)
            {
                range.ThrowOverlapWith(old[position].Range);
            }

            map = Map.Of([.. old.AsSpan(0, position), FirstEntry(range), .. old.AsSpan(position)]);
        }

        return range;
    }

    /// <summary>The device that has an address, or null.</summary>
    public BusRange? Find(ulong address) => Entry(address)?.Range;

    /// <summary>The guest reads.</summary>
    /// <param name="address">The first guest-physical address.</param>
    /// <param name="data">1 to 8 bytes; filled.</param>
    public void Read(ulong address, Span<byte> data)
    {
        BusEntry? entry = Entry(address);
        if (entry is null)
        {
            ReadUnclaimed(address, data);
        }
        else
        {
            entry.Read(address, data);
        }
    }

    /// <summary>The guest writes.</summary>
    /// <param name="address">The first guest-physical address.</param>
    /// <param name="data">1 to 8 bytes.</param>
    public void Write(ulong address, ReadOnlySpan<byte> data)
    {
        BusEntry? entry = Entry(address);
        if (entry is null)
        {
            WriteUnclaimed(address, data);
        }
        else
        {
            entry.Write(address, data);
        }
    }

    private protected override bool IsPresent(BusRange range) =>
        range.Bus == this && Find(range.Start) == range;

    private protected override void Update(BusRange range, BusEntry? entry)
    {
        BusEntry[] old = map.Entries;
        int position = map.CountUpTo(range.Start) - 1;
        ReadOnlySpan<BusEntry> now = entry is null ? [] : [entry];
        map = Map.Of([.. old.AsSpan(0, position), .. now, .. old.AsSpan(position + 1)]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private BusEntry? Entry(ulong address)
    {
        // Only the last range that starts at the address or before it can hold it.
        Map snapshot = map;
        int count = snapshot.CountUpTo(address);
        BusEntry? candidate = count > 0 ? snapshot.Entries[count - 1] : null;
        return candidate is not null && candidate.Contains(address) ? candidate : null;
    }

    private sealed class Map(ulong[] starts, BusEntry[] entries)
    {
        // Apart from the entries, so that the search runs through one array of numbers.
        private readonly ulong[] starts = starts;

        internal readonly BusEntry[] Entries = entries;

        internal static Map Of(BusEntry[] entries) => new([.. entries.Select(entry => entry.Start)], entries);

        /// <summary>How many ranges start at the address or before it.</summary>
        internal int CountUpTo(ulong address)
        {
            int low = 0;
            int high = starts.Length;
            while (low < high)
            {
                int middle = (low + high) >>> 1;
                if (starts[middle] <= address)
                {
                    low = middle + 1;
                }
                else
                {
                    high = middle;
                }
            }

            return low;
        }
    }
}
