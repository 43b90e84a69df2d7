using System.Numerics;

namespace KvmInterop.Machine.Virtio;

/// <summary>The device's side of a split virtqueue (virtio 1.2, section 2.7).</summary>
/// <remarks>
/// <para>The guest may write anything into its rings at any time. Every address is checked, each value is
/// read once, and no chain is followed for longer than the queue is. What the specification forbids breaks
/// the queue (<see cref="Problem"/>): nothing more is taken from it, and the device asks for a reset.</para>
/// <para>Used by the device's thread alone, inside the device's callbacks. Nothing here allocates.</para>
/// </remarks>
public sealed partial class Virtqueue
{
    /// <summary>The most entries that a split queue can have (2.7).</summary>
    internal const int Largest = 32768;

    // struct virtq_avail and virtq_used (2.7.6, 2.7.8): flags, index, ring.
    private const ulong IndexOffset = 2;
    private const ulong RingOffset = 4;
    private const ulong AvailableSize = 2;
    private const ulong UsedSize = 8;

    private readonly GuestMemory memory;
    private volatile bool isStopped;

    // The next entry to take, and how far the driver was seen to have come. Free-running, modulo 2^16.
    private ushort nextAvailable;
    private ushort knownAvailable;

    internal Virtqueue(GuestMemory memory, int index, int maxSize)
    {
        if (maxSize is < 1 or > Largest || !BitOperations.IsPow2(maxSize))
        {
            throw new ArgumentOutOfRangeException(
                nameof(maxSize), maxSize, $"a split queue has a power of 2 of entries, at most {Largest}");
        }

        this.memory = memory;
        Index = index;
        MaxSize = maxSize;
        Size = maxSize;
    }

    /// <summary>Its number among the device's queues, from 0.</summary>
    public int Index { get; }

    /// <summary>The most entries that the driver may choose.</summary>
    public int MaxSize { get; }

    /// <summary>Entries that the driver chose.</summary>
    public int Size { get; internal set; }

    /// <summary>Whether the driver has set it up and the device may use it.</summary>
    public bool IsReady { get; private set; }

    /// <summary>What the driver did that a queue cannot go on from; null while all is well.</summary>
    public string? Problem { get; private set; }

    internal ulong DescriptorTable { get; set; }

    internal ulong DriverArea { get; set; }

    internal ulong DeviceArea { get; set; }

    internal GuestMemory Memory => memory;

    internal bool HasIndirect { get; private set; }

    /// <summary>A chain, to be used again and again, that has room for any chain of this queue.</summary>
    public DescriptorChain CreateChain() => new(memory, MaxSize);

    /// <summary>Takes the next chain that the driver made available.</summary>
    /// <param name="chain">Filled anew.</param>
    /// <returns>False where there is none, or the queue is broken.</returns>
    public bool TryPop(DescriptorChain chain)
    {
        ArgumentNullException.ThrowIfNull(chain);
        if (!HasAvailable())
        {
            return false;
        }

        ulong place = DriverArea + RingOffset + (AvailableSize * (uint)(nextAvailable & (Size - 1)));
        if (!memory.TryReadVolatile(place, out ushort head))
        {
            return Break("the available ring is not in memory any more");
        }

        if (chain.TryFollow(this, LittleEndian.Of(head)) is string problem)
        {
            return Break(problem);
        }

        nextAvailable++;
        return true;
    }

    /// <summary>Gives chains back as if they had not been taken: the last ones, in order.</summary>
    /// <param name="count">How many; none of them may be in the used ring.</param>
    public void UndoPop(int count = 1) => nextAvailable -= (ushort)count;

    /// <summary>Whether a chain waits.</summary>
    public bool HasAvailable()
    {
        if (isStopped || !IsReady || Problem is not null)
        {
            return false;
        }

        // The index is read again only when all that was known has been taken. Acquire: the ring and the
        // descriptors behind the index are read after it (2.7.13.3.1 is the driver's other half).
        if (knownAvailable != nextAvailable)
        {
            return true;
        }

        if (!memory.TryReadVolatile(DriverArea + IndexOffset, out ushort index))
        {
            return Break("the available ring is not in memory any more");
        }

        index = LittleEndian.Of(index);
        if ((ushort)(index - nextAvailable) > Size)
        {
            return Break("more chains are available than the queue has entries");
        }

        knownAvailable = index;
        return index != nextAvailable;
    }

    /// <summary>Takes over what the driver has set up.</summary>
    /// <returns>Whether it can be used: a size and alignments of section 2.7, and all in memory.</returns>
    internal bool TryEnable(bool hasIndirect, bool hasEventIndex)
    {
        uint size = (uint)Size;
        bool isSound = BitOperations.IsPow2(size) && size <= (uint)MaxSize
            && DescriptorTable % 16 == 0 && DriverArea % 2 == 0 && DeviceArea % 4 == 0
            && memory.Contains(DescriptorTable, Descriptor.Size * size)
            && memory.Contains(DriverArea, RingOffset + (AvailableSize * size) + sizeof(ushort))
            && memory.Contains(DeviceArea, RingOffset + (UsedSize * size) + sizeof(ushort));
        HasIndirect = hasIndirect;
        this.hasEventIndex = hasEventIndex;
        isStopped = false;
        IsReady = isSound;
        return isSound;
    }

    /// <summary>Out of use; if it is set up again, its rings begin anew.</summary>
    internal void Disable()
    {
        IsReady = false;
        nextAvailable = knownAvailable = 0;
        usedIndex = publishedIndex = signalledIndex = 0;
    }

    /// <summary>Nothing more is taken, from now on, on whatever thread.</summary>
    internal void Stop() => isStopped = true;

    internal void Reset()
    {
        Disable();
        isStopped = false;
        Problem = null;
        Size = MaxSize;
        DescriptorTable = DriverArea = DeviceArea = 0;
    }

    private bool Break(string problem)
    {
        Problem ??= problem;
        return false;
    }
}
