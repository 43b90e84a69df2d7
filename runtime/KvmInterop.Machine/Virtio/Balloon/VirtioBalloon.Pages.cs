using System.Buffers.Binary;
using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Virtio.Balloon;

// Pages and statistics (5.5.6).
public sealed partial class VirtioBalloon
{
    // Linux sends 256 pages at once; of a request beyond all sense the rest stays the guest's.
    private const ulong MostPages = 16 * 1024;

    // struct virtio_balloon_stat: tag and value, packed.
    private const int StatisticLength = 10;

    private void Inflate(DescriptorChain request)
    {
        Span<byte> number = stackalloc byte[sizeof(uint)];
        ulong start = 0;
        ulong length = 0;
        for (ulong left = Math.Min(request.ReadableLeft / sizeof(uint), MostPages); left > 0; left--)
        {
            if (!request.TryRead(number))
            {
                break;
            }

            // Pages that follow each other, in either direction, go together.
            ulong address = (ulong)BinaryPrimitives.ReadUInt32LittleEndian(number) * PageSize;
            if (length > 0 && address == start + length)
            {
                length += PageSize;
            }
            else if (length > 0 && address + PageSize == start)
            {
                start = address;
                length += PageSize;
            }
            else
            {
                Reclaim(start, length);
                (start, length) = (address, PageSize);
            }
        }

        Reclaim(start, length);
    }

    private void Report(DescriptorChain request)
    {
        while (request.WritableLeft > 0)
        {
            GuestBuffer free = request.NextWritable(uint.MaxValue);
            Reclaim(free.Address, free.Length);
        }
    }

    private void Reclaim(ulong address, ulong length)
    {
        if (length > 0 && Memory.TryReclaim(address, length))
        {
            Reclaimed += length;
        }
    }

    // The driver's buffer stays here until statistics are wanted (5.5.6.3).
    private void TakeStatistics(Virtqueue queue)
    {
        // A driver that always has one more has its next turn later.
        int left = queue.Size;
        while (left-- > 0 && queue.TryPop(chain))
        {
            if (heldHead is ushort head)
            {
                // A driver has one buffer; of a second, the first is given back.
                queue.Push(head, 0);
            }

            heldHead = chain.Head;
            ReadStatistics();
        }

        if (queue.EnableNotifications())
        {
            Ring(queue);
        }

        Interrupt(queue);
    }

    private void ReadStatistics()
    {
        Span<byte> bytes = stackalloc byte[StatisticLength];
        bool isNew = false;
        for (int left = statistics.Length; left > 0 && chain.TryRead(bytes); left--)
        {
            ushort tag = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
            if (tag < statistics.Length)
            {
                statistics[tag] = BinaryPrimitives.ReadUInt64LittleEndian(bytes[2..]);
                known |= 1u << tag;
                isNew = true;
            }
        }

        if (isNew)
        {
            StatisticsChanged?.Invoke();
        }
    }

    private void GiveHeldBack()
    {
        if (heldHead is ushort head && IsRunning && RoleOf(Queue(2)) == Role.Statistics)
        {
            heldHead = null;
            Queue(2).Push(head, 0);
            Interrupt(Queue(2));
        }
    }

    /// <inheritdoc/>
    protected override void SaveDevice(DeviceStateWriter state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.Add((uint)(Target / PageSize));
        state.Add((uint)(Actual / PageSize));
        state.Add(heldHead is not null);
        state.Add(heldHead.GetValueOrDefault());
    }

    /// <inheritdoc/>
    protected override Action? ReadDevice(ref DeviceStateReader state)
    {
        uint target = state.NextUInt32();
        uint actual = state.NextUInt32();
        bool isHeld = state.NextBoolean();
        ushort head = state.NextUInt16();
        return () =>
        {
            Target = (ulong)target * PageSize;
            Actual = (ulong)actual * PageSize;
            heldHead = isHeld ? head : null;
            Span<byte> configuration = stackalloc byte[ConfigurationBytes];
            BinaryPrimitives.WriteUInt32LittleEndian(configuration, target);
            BinaryPrimitives.WriteUInt32LittleEndian(configuration[ActualOffset..], actual);
            SetConfiguration(0, configuration);
        };
    }
}
