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
public sealed class MmioBus
{
    private readonly Lock gate = new();

    // Replaced as a whole by every change; an access that is under way goes on with the old one.
    private volatile Map map = new([], []);
    private UnclaimedCounter unclaimed;

    /// <summary>Reads to which no device answered.</summary>
    public long UnclaimedReads => unclaimed.Reads;

    /// <summary>Writes that no device took.</summary>
    public long UnclaimedWrites => unclaimed.Writes;

    /// <summary>The devices, by rising address: a snapshot.</summary>
    public IReadOnlyList<BusRange> Ranges => Array.AsReadOnly(map.Ranges);

    /// <summary>Puts a device on the bus.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="start">Its first guest-physical address.</param>
    /// <param name="size">Bytes, 1 or more; the last may be the last 64-bit address.</param>
    /// <param name="device">The device. One device may have several ranges; offsets count from each one's
    /// start.</param>
    /// <returns>The range, to remove it with.</returns>
    /// <exception cref="ArgumentException">No bytes, or beyond the last 64-bit address.</exception>
    /// <exception cref="InvalidOperationException">Another device has one of the addresses.</exception>
    public BusRange Register(string name, ulong start, ulong size, IBusDevice device)
    {
        BusRange range = BusRange.Check(name, start, size, ulong.MaxValue, device);
        lock (gate)
        {
            BusRange[] old = map.Ranges;
            int position = 0;
            while (position < old.Length && old[position].Last < start)
            {
                position++;
            }

            if (position < old.Length && old[position].Start <= range.Last)
            {
                throw range.OverlapWith(old[position]);
            }

            map = Map.Of([.. old.AsSpan(0, position), range, .. old.AsSpan(position)]);
        }

        return range;
    }

    /// <summary>Takes a device off the bus. A vCPU that is just calling it finishes that call.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(BusRange range)
    {
        ArgumentNullException.ThrowIfNull(range);
        lock (gate)
        {
            BusRange[] old = map.Ranges;
            int position = Array.IndexOf(old, range);
            if (position < 0)
            {
                return false;
            }

            map = Map.Of([.. old.AsSpan(0, position), .. old.AsSpan(position + 1)]);
            return true;
        }
    }

    /// <summary>The device that has an address, or null.</summary>
    public BusRange? Find(ulong address)
    {
        // The first range that starts beyond the address; only the one before it can hold it.
        Map snapshot = map;
        ulong[] starts = snapshot.Starts;
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

        BusRange? candidate = low > 0 ? snapshot.Ranges[low - 1] : null;
        return candidate is not null && address - candidate.Start < candidate.Size ? candidate : null;
    }

    /// <summary>The guest reads.</summary>
    /// <param name="address">The first guest-physical address.</param>
    /// <param name="data">1 to 8 bytes; filled.</param>
    public void Read(ulong address, Span<byte> data)
    {
        BusRange? range = Find(address);
        if (range is null)
        {
            unclaimed.Read(data);
        }
        else
        {
            range.Read(address, data);
        }
    }

    /// <summary>The guest writes.</summary>
    /// <param name="address">The first guest-physical address.</param>
    /// <param name="data">1 to 8 bytes.</param>
    public void Write(ulong address, ReadOnlySpan<byte> data)
    {
        BusRange? range = Find(address);
        if (range is null)
        {
            unclaimed.Write();
        }
        else
        {
            range.Write(address, data);
        }
    }

    private sealed class Map(ulong[] starts, BusRange[] ranges)
    {
        // Apart from the ranges, so that the search runs through one array of numbers.
        internal readonly ulong[] Starts = starts;
        internal readonly BusRange[] Ranges = ranges;

        internal static Map Of(BusRange[] ranges) => new([.. ranges.Select(range => range.Start)], ranges);
    }
}
