using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace KvmInterop.Machine.Virtio.Net;

/// <summary>A network card (virtio 1.2, section 5.1), with one pair of queues and no offloads.</summary>
public sealed partial class VirtioNet : VirtioDevice, INetworkCard
{
    // Feature bits (5.1.3).
    private const ulong Mtu = 1UL << 3;
    private const ulong Mac = 1UL << 5;
    private const ulong MergeableBuffers = 1UL << 15;
    private const ulong LinkStatus = 1UL << 16;

    // struct virtio_net_config (5.1.4) up to the MTU, and VIRTIO_NET_S_LINK_UP.
    private const int ConfigurationBytes = 12;
    private const int StatusOffset = 6;
    private const int MtuOffset = 10;
    private const ushort LinkUp = 1;

    private const int ReceiveQueue = 0;
    private const int TransmitQueue = 1;
    private const int Entries = 256;

    // struct virtio_net_hdr (5.1.6) with num_buffers, as VIRTIO_F_VERSION_1 has it always.
    private const int HeaderLength = 12;
    private const int NumBuffersOffset = 10;

    // A frame without its two addresses and its type is none (IEEE 802.3).
    private const int ShortestFrame = 14;

    private readonly NetworkPort port;

    /// <summary>Makes a card, to be put behind a transport.</summary>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="loop">On whose thread it works.</param>
    /// <param name="port">The cable's other end. Owned: disposed with the card.</param>
    /// <param name="address">The card's address; a driver may choose another.</param>
    /// <param name="mtu">Bytes of the largest packet without Ethernet's header, which the driver keeps to; 68
    /// to 65521, or 0 to say nothing of it.</param>
    /// <param name="hasMergeableBuffers">Whether a frame may be put into several small buffers
    /// (VIRTIO_NET_F_MRG_RXBUF).</param>
    /// <exception cref="ArgumentException">The address is not that of one station, or the MTU out of its
    /// range.</exception>
    public VirtioNet(
        GuestMemory memory, EventLoop loop, NetworkPort port, MacAddress address, int mtu = 0,
        bool hasMergeableBuffers = true)
        : base(
            VirtioDeviceType.Network, memory, loop, [Entries, Entries],
            Mac | LinkStatus | (mtu != 0 ? Mtu : 0) | (hasMergeableBuffers ? MergeableBuffers : 0),
            ConfigurationBytes)
    {
        ArgumentNullException.ThrowIfNull(port);
        if (!address.IsUnicast)
        {
            throw new ArgumentException(
                $"{address} is the address of a group or of nobody; the first byte of a card's is even",
                nameof(address));
        }

        // 5.1.4.1 asks for 68 at least.
        if (mtu is not 0 and (< 68 or > NetworkPort.LongestFrame - ShortestFrame - 1))
        {
            throw new ArgumentOutOfRangeException(nameof(mtu), mtu, "an MTU is 68 to 65521");
        }

        this.port = port;
        receiveChain = Queue(ReceiveQueue).CreateChain();
        transmitChain = Queue(TransmitQueue).CreateChain();
        Span<byte> configuration = stackalloc byte[ConfigurationBytes];
        configuration.Clear();
        address.Write(configuration);
        BinaryPrimitives.WriteUInt16LittleEndian(configuration[StatusOffset..], port.IsUp ? LinkUp : (ushort)0);
        BinaryPrimitives.WriteUInt16LittleEndian(configuration[MtuOffset..], (ushort)mtu);
        SetConfiguration(0, configuration);
        port.Open(this);
        port.Listen(false);
    }

    EventRegistration INetworkCard.Watch(SafeHandle file, FileEvents interest, Action<FileEvents> callback) =>
        Watch(file, interest, callback);

    void INetworkCard.OnFrames()
    {
        if (IsRunning)
        {
            Receive(Queue(ReceiveQueue));
        }
        else
        {
            port.Listen(false);
        }
    }

    void INetworkCard.OnRoom()
    {
        if (IsRunning)
        {
            Transmit(Queue(TransmitQueue));
        }
    }

    void INetworkCard.OnLink()
    {
        Span<byte> status = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(status, port.IsUp ? LinkUp : (ushort)0);
        SetConfiguration(StatusOffset, status, isNews: true);
        Ring(Queue(TransmitQueue));
    }

    /// <inheritdoc/>
    protected override void ProcessQueue(Virtqueue queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        if (queue.Index == ReceiveQueue)
        {
            Receive(queue);
        }
        else
        {
            Transmit(queue);
        }
    }

    /// <inheritdoc/>
    protected override void OnPause() => port.Listen(false);

    /// <inheritdoc/>
    protected override void OnReset()
    {
        port.Listen(false);
        waitingLength = 0;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            port.Dispose();
        }
    }
}
