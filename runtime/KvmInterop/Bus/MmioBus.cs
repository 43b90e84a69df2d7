using System.Runtime.CompilerServices;

namespace KvmInterop;

/// <summary>
/// Guest-physical addresses that are devices and not memory: which device has which, and the way there.
/// </summary>
/// <remarks>
/// <para>Devices come and go at any time, from any thread, also while vCPUs run. An access takes no lock,
/// allocates nothing, and costs the same with any number of devices that lie evenly; others are found by binary
/// search. Addresses that are guest memory never come here: KVM hands over only what no memory slot has.</para>
/// <para>KVM reports 1 to 8 bytes at a time, at any alignment, and cuts what crosses a page in two. An access
/// belongs to the device that has its first byte; beyond the device's last byte it reads as ones and does not
/// write. Where nobody has the first byte, a read gives all ones and a write is dropped, both counted.</para>
/// </remarks>
public sealed class MmioBus : Bus
{
    // Replaced as a whole by every change; an access that is under way goes on with the old one.
    private volatile Map map = Map.Empty;

    /// <inheritdoc/>
    public override IReadOnlyList<BusRange> Ranges => Array.AsReadOnly(map.Ranges);

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
        if (TryAdd(range) is BusRange other)
        {
            range.ThrowOverlapWith(other);
        }

        return range;
    }

    /// <summary>As <see cref="Register"/>, where another device may have one of the addresses: for places that
    /// a guest chooses.</summary>
    /// <returns>The range; null if another device has one of the addresses.</returns>
    /// <inheritdoc cref="Register"/>
    public BusRange? TryRegister(string name, ulong start, ulong size, IBusDevice device)
    {
        BusRange range = BusRange.Check(this, name, start, size, ulong.MaxValue, device);
        return TryAdd(range) is null ? range : null;
    }

    /// <summary>The device that has an address, or null.</summary>
    public BusRange? Find(ulong address)
    {
        Map snapshot = map;
        int count = snapshot.CountUpTo(address);
        BusRange? candidate = count > 0 ? snapshot.Ranges[count - 1] : null;
        return candidate is not null && address <= candidate.Last ? candidate : null;
    }

    /// <summary>The guest reads.</summary>
    /// <param name="address">The first guest-physical address.</param>
    /// <param name="data">1 to 8 bytes; filled.</param>
    public void Read(ulong address, Span<byte> data)
    {
        ref readonly BusSlot slot = ref map[address];
        if (slot.Contains(address))
        {
            slot.Read(address, data);
        }
        else
        {
            ReadUnclaimed(address, data);
        }
    }

    /// <summary>The guest writes.</summary>
    /// <param name="address">The first guest-physical address.</param>
    /// <param name="data">1 to 8 bytes.</param>
    public void Write(ulong address, ReadOnlySpan<byte> data)
    {
        ref readonly BusSlot slot = ref map[address];
        if (slot.Contains(address))
        {
            slot.Write(address, data);
        }
        else
        {
            WriteUnclaimed(address, data);
        }
    }

    // The other device that has one of the addresses, or null: then the range is on the bus.
    private BusRange? TryAdd(BusRange range)
    {
        lock (Gate)
        {
            BusRange[] old = map.Ranges;
            int position = map.CountUpTo(range.Start);
            if (position > 0 && old[position - 1].Last >= range.Start)
            {
                return old[position - 1];
            }

            if (position < old.Length && old[position].Start <= range.Last)
            {
                return old[position];
            }

            Prepare(range);
            map = map.With(position, 0, range);
            return null;
        }
    }

    private protected override bool IsPresent(BusRange range) =>
        range.Bus == this && Find(range.Start) == range;

    private protected override void Update(BusRange range, bool isPresent) =>
        map = map.With(map.CountUpTo(range.Start) - 1, 1, isPresent ? range : null);

    /// <summary>Which range has which addresses. Never changed.</summary>
    private sealed class Map
    {
        private readonly AddressIndex index;

        // One more than there are ranges: the first is empty, and is found for what lies before all of them.
        private readonly BusSlot[] slots;

        internal readonly BusRange[] Ranges;

        private Map(BusRange[] ranges, ulong[] starts, BusSlot[] slots)
        {
            Ranges = ranges;
            this.slots = slots;
            index = new AddressIndex(starts);
        }

        internal static Map Empty { get; } = new([], [], new BusSlot[1]);

        /// <summary>The only slot that can have the address.</summary>
        internal ref readonly BusSlot this[ulong address]
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => ref slots[CountUpTo(address)];
        }

        /// <summary>A copy with a range as it is now in place of some.</summary>
        /// <param name="position">The first of those.</param>
        /// <param name="removed">How many they are.</param>
        /// <param name="range">What comes there; null for nothing.</param>
        /// <remarks>
        /// Arrays and no list or query of slots: these would be generic code over a structure of ours, which
        /// .NET's own assemblies have not compiled, so that a program's first bus started the compiler.
        /// </remarks>
        internal Map With(int position, int removed, BusRange? range)
        {
            int added = range is null ? 0 : 1;
            int count = Ranges.Length - removed + added;
            BusRange[] newRanges = new BusRange[count];
            ulong[] newStarts = new ulong[count];
            BusSlot[] newSlots = new BusSlot[count + 1];
            Copy(0, position, 0);
            Copy(position + removed, Ranges.Length - position - removed, position + added);
            if (range is not null)
            {
                newRanges[position] = range;
                newStarts[position] = range.Start;
                newSlots[position + 1] = range.Slot;
            }

            return new Map(newRanges, newStarts, newSlots);

            void Copy(int first, int length, int to)
            {
                Array.Copy(Ranges, first, newRanges, to, length);
                Array.Copy(index.Starts, first, newStarts, to, length);
                Array.Copy(slots, first + 1, newSlots, to + 1, length);
            }
        }

        /// <inheritdoc cref="AddressIndex.CountUpTo"/>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal int CountUpTo(ulong address) => index.CountUpTo(address);
    }
}
