using System.Runtime.InteropServices;

namespace KvmInterop.Machine.Virtio;

// What goes back to the driver, and who tells whom of news (2.7.7 to 2.7.10).
public sealed partial class Virtqueue
{
    // VIRTQ_AVAIL_F_NO_INTERRUPT (2.7.6) and VIRTQ_USED_F_NO_NOTIFY (2.7.8).
    private const ushort NoInterrupt = 1;
    private const ushort NoNotify = 1;

    // Written to the ring, published by the ring's index, and told to the driver at last.
    private ushort usedIndex;
    private ushort publishedIndex;
    private ushort signalledIndex;
    private bool hasEventIndex;

    /// <summary>Puts a chain into the used ring and shows it to the driver.</summary>
    /// <param name="chain">Popped from this queue.</param>
    /// <param name="written">Bytes that the device wrote, from the first writable one on.</param>
    public void Push(DescriptorChain chain, uint written)
    {
        ArgumentNullException.ThrowIfNull(chain);
        Push(chain.Head, written);
    }

    /// <inheritdoc cref="Push(DescriptorChain, uint)"/>
    /// <param name="head">A chain's <see cref="DescriptorChain.Head"/>.</param>
    /// <param name="written">Bytes that the device wrote, from the first writable one on.</param>
    public void Push(ushort head, uint written)
    {
        Add(head, written);
        Publish();
    }

    /// <summary>Puts a chain into the used ring; the driver sees it with the next <see cref="Publish"/>.</summary>
    /// <inheritdoc cref="Push(ushort, uint)"/>
    public void Add(ushort head, uint written)
    {
        ulong place = DeviceArea + RingOffset + (UsedSize * (uint)(usedIndex & (Size - 1)));
        if (!memory.TryWrite(place, new UsedElement(head, written)))
        {
            Break("the used ring is not in memory any more");
        }

        usedIndex++;
    }

    /// <summary>Takes back what was added last and not published.</summary>
    /// <param name="count">How many.</param>
    public void UndoAdd(int count) => usedIndex -= (ushort)count;

    /// <summary>Shows the driver what was added. Release: it sees elements and data before the index.</summary>
    public void Publish()
    {
        if (!memory.TryWriteVolatile(DeviceArea + IndexOffset, LittleEndian.Of(usedIndex)))
        {
            Break("the used ring is not in memory any more");
        }

        publishedIndex = usedIndex;
    }

    /// <summary>
    /// Whether the driver wants an interrupt for what was published since this was last asked (2.7.7.2).
    /// </summary>
    public bool TakeInterrupt()
    {
        ushort old = signalledIndex;
        if (old == publishedIndex)
        {
            return false;
        }

        signalledIndex = publishedIndex;

        // The driver sets its wish and then looks at the index; the index was written, and now its wish is
        // looked at. With a full fence on both sides one of the two sees the other.
        Interlocked.MemoryBarrier();
        if (!hasEventIndex)
        {
            return !memory.TryReadVolatile(DriverArea, out ushort flags)
                || (LittleEndian.Of(flags) & NoInterrupt) == 0;
        }

        return !memory.TryReadVolatile(UsedEventAddress, out ushort wanted)
            || IsPast(LittleEndian.Of(wanted), publishedIndex, old);
    }

    /// <summary>
    /// Asks the driver not to ring its bell: the device is looking anyway. It may ring all the same.
    /// </summary>
    public void DisableNotifications()
    {
        // With the event index there is nothing to do: what was asked for last lies behind already.
        if (!hasEventIndex)
        {
            memory.TryWriteVolatile(DeviceArea, LittleEndian.Of(NoNotify));
        }
    }

    /// <summary>Asks the driver to ring its bell for the next chain.</summary>
    /// <returns>Whether there is one already, for which it may not have rung.</returns>
    public bool EnableNotifications()
    {
        if (!IsReady)
        {
            return false;
        }

        bool isWritten = hasEventIndex
            ? memory.TryWriteVolatile(AvailableEventAddress, LittleEndian.Of(nextAvailable))
            : memory.TryWriteVolatile(DeviceArea, (ushort)0);
        if (!isWritten)
        {
            return Break("the used ring is not in memory any more");
        }

        // As in TakeInterrupt, with the roles changed.
        Interlocked.MemoryBarrier();
        return HasAvailable();
    }

    // vring_need_event of 2.7.10: whether the index went past the event on its way from old to new.
    internal static bool IsPast(ushort eventIndex, ushort newIndex, ushort oldIndex) =>
        (ushort)(newIndex - eventIndex - 1) < (ushort)(newIndex - oldIndex);

    private ulong UsedEventAddress => DriverArea + RingOffset + (AvailableSize * (uint)Size);

    private ulong AvailableEventAddress => DeviceArea + RingOffset + (UsedSize * (uint)Size);

    // struct virtq_used_elem (2.7.8).
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct UsedElement(uint id, uint length)
    {
        private readonly uint id = LittleEndian.Of(id);
        private readonly uint length = LittleEndian.Of(length);
    }
}
