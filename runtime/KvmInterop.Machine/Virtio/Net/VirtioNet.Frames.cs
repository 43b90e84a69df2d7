namespace KvmInterop.Machine.Virtio.Net;

// Frames between the queues and the port (5.1.6).
public sealed partial class VirtioNet
{
    private readonly DescriptorChain receiveChain;
    private readonly DescriptorChain transmitChain;
    private readonly byte[] received = new byte[NetworkPort.LongestFrame];
    private readonly byte[] transmitted = new byte[NetworkPort.LongestFrame];

    // Where num_buffers is, of which the driver may cut a byte off.
    private ulong numBuffersLow;
    private ulong numBuffersHigh;

    // A frame in 'received' that the guest has no buffer for yet.
    private int waitingLength;

    private enum Delivery
    {
        Done,
        TooLarge,
        NoBuffers,
    }

    private void Receive(Virtqueue queue)
    {
        queue.DisableNotifications();
        int left = Entries;
        for (; left > 0; left--)
        {
            if (waitingLength == 0)
            {
                waitingLength = port.Receive(received);
            }

            if (waitingLength == 0)
            {
                break;
            }

            if (Deliver(queue, received.AsSpan(0, waitingLength)) == Delivery.NoBuffers)
            {
                // The guest rings when it has more; till then frames wait in the host.
                port.Listen(false);
                Interrupt(queue);
                return;
            }

            waitingLength = 0;
        }

        port.Listen(true);
        Interrupt(queue);
        if (left == 0)
        {
            // There may be more; others have their turn first.
            Ring(queue);
        }
    }

    // One frame into one chain, or into as many as it takes if they may be merged.
    private Delivery Deliver(Virtqueue queue, ReadOnlySpan<byte> frame)
    {
        bool mayMerge = Has(MergeableBuffers);
        ulong needed = (ulong)(HeaderLength + frame.Length);
        int chains = 0;
        int offset = 0;
        while (needed > 0)
        {
            if (!queue.TryPop(receiveChain))
            {
                // The bell is asked for where the chains end that are too few; some may have come by now.
                if (queue.EnableNotifications())
                {
                    continue;
                }

                // What was added is not published, and is written again.
                queue.UndoAdd(chains);
                queue.UndoPop(chains);
                return Delivery.NoBuffers;
            }

            chains++;
            ulong room = receiveChain.WritableLeft;
            bool isUseless = room == 0 || (chains == 1 && room < HeaderLength) || (!mayMerge && room < needed);
            if (isUseless || chains == ushort.MaxValue)
            {
                // The driver's fault (5.1.6.3.1): it gets its buffers back empty, and the frame is lost.
                queue.Add(receiveChain.Head, 0);
                queue.Publish();
                return Delivery.TooLarge;
            }

            if (chains == 1)
            {
                WriteHeader();
                needed -= HeaderLength;
            }

            int part = (int)Math.Min(needed, receiveChain.WritableLeft);
            receiveChain.TryWrite(frame.Slice(offset, part));
            offset += part;
            needed -= (uint)part;
            queue.Add(receiveChain.Head, receiveChain.Written);
        }

        if (chains > 1)
        {
            WriteNumBuffers((ushort)chains);
        }

        queue.Publish();
        return Delivery.Done;
    }

    // All zeros, which is no offload, and num_buffers, which may turn out to be more than 1.
    private void WriteHeader()
    {
        Span<byte> header = stackalloc byte[NumBuffersOffset];
        header.Clear();
        receiveChain.TryWrite(header);
        numBuffersLow = receiveChain.NextWritable(1).Address;
        numBuffersHigh = receiveChain.NextWritable(1).Address;
        WriteNumBuffers(1);
    }

    private void WriteNumBuffers(ushort number)
    {
        Memory.TryWrite(numBuffersLow, (byte)number);
        Memory.TryWrite(numBuffersHigh, (byte)(number >> 8));
    }

    private void Transmit(Virtqueue queue)
    {
        bool isMore = SendFrames(queue);
        port.Flush();
        Interrupt(queue);
        if (isMore)
        {
            // Others have their turn first.
            Ring(queue);
        }
    }

    // Whether more wait than are sent in one turn. Those that the port has no room for do not: it calls.
    private bool SendFrames(Virtqueue queue)
    {
        int left = Entries;
        do
        {
            queue.DisableNotifications();
            while (queue.TryPop(transmitChain))
            {
                if (!TrySend())
                {
                    queue.UndoPop();
                    return false;
                }

                queue.Push(transmitChain, 0);
                if (--left == 0)
                {
                    return true;
                }
            }
        }
        while (queue.EnableNotifications());
        return false;
    }

    // A frame that is none is lost, as one that nobody is there for.
    private bool TrySend()
    {
        ulong length = transmitChain.ReadableLeft - Math.Min(transmitChain.ReadableLeft, HeaderLength);
        if (length is < ShortestFrame or > NetworkPort.LongestFrame || !port.IsUp)
        {
            return true;
        }

        Span<byte> frame = transmitted.AsSpan(0, (int)length);
        return !transmitChain.TrySkip(HeaderLength) || !transmitChain.TryRead(frame) || port.TrySend(frame);
    }
}
