using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace KvmInterop.Machine.Virtio.Vsock;

/// <summary>Sockets between the guest and programs of the host (virtio 1.2, section 5.10).</summary>
/// <remarks>
/// <para>The host's side are Unix sockets, as Firecracker has them. A program that wants a port of the
/// guest's connects to the path and writes <c>CONNECT 1234</c> and a line feed; when the guest has accepted,
/// it reads <c>OK</c> and a number, then what the guest writes. A guest that connects to port 52 of the host
/// (CID 2) reaches the program that listens at the path with <c>_52</c> after it.</para>
/// <para>Streams only. A connection does not outlive a restore: the guest is told that all are gone.</para>
/// </remarks>
public sealed partial class VirtioVsock : VirtioDevice
{
    /// <summary>The host's address (VMADDR_CID_HOST).</summary>
    internal const ulong HostCid = 2;

    private const int ReceiveQueue = 0;
    private const int TransmitQueue = 1;
    private const int EventQueue = 2;
    private const int Entries = 128;
    private const int ConfigurationBytes = 8;

    // As many as the guest and programs of the host can hold open; more are refused.
    private const int MostConnections = 1024;

    // Where the numbers of host-initiated connections begin, beyond those that programs choose.
    private const uint FirstHostPort = 1 << 30;

    private readonly Dictionary<(uint Host, uint Guest), VsockConnection> connections = [];
    private readonly List<VsockConnection> asking = [];
    private readonly List<VsockConnection> dead = [];
    private readonly Queue<VsockPacket> resets = new();
    private readonly byte[] scratch = new byte[VsockConnection.BufferSize];
    private readonly DescriptorChain receiveChain;
    private readonly DescriptorChain transmitChain;
    private readonly EventTimer sweep;
    private readonly Socket listener;
    private readonly EventRegistration listening;
    private readonly string path;
    private readonly ulong guestCid;
    private uint nextHostPort = FirstHostPort;
    private bool owesTransportReset;
    private bool isClosed;

    /// <summary>Makes the device and its socket, to be put behind a transport.</summary>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="loop">On whose thread it works.</param>
    /// <param name="guestCid">The guest's address: 3 or more, and below 2^32 - 1.</param>
    /// <param name="path">The Unix socket for programs of the host. Made, and removed in the end.</param>
    /// <exception cref="ArgumentException">The address is one that has a meaning, or the path too
    /// long.</exception>
    /// <exception cref="SocketException">The socket cannot be made: it is there already, for
    /// instance.</exception>
    public VirtioVsock(GuestMemory memory, EventLoop loop, ulong guestCid, string path)
        : base(
            VirtioDeviceType.Socket, memory, loop, [Entries, Entries, Entries], features: 0, ConfigurationBytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (guestCid is < 3 or >= uint.MaxValue)
        {
            throw new ArgumentOutOfRangeException(
                nameof(guestCid), guestCid, "a guest's CID is 3 or more, and below 2^32 - 1");
        }

        this.guestCid = guestCid;
        this.path = path;
        receiveChain = Queue(ReceiveQueue).CreateChain();
        transmitChain = Queue(TransmitQueue).CreateChain();
        Span<byte> configuration = stackalloc byte[ConfigurationBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(configuration, guestCid);
        SetConfiguration(0, configuration);
        listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            listener.Bind(new UnixDomainSocketEndPoint(path));
            listener.Listen(64);
            listener.Blocking = false;
            sweep = AddTimer(Sweep);
            listening = Watch(listener.SafeHandle, FileEvents.Readable, _ => Accept());
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    protected override void ProcessQueue(Virtqueue queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        switch (queue.Index)
        {
            case TransmitQueue:
                ServeRequests(queue, transmitChain);
                FillReceive();
                break;
            case ReceiveQueue:
                FillReceive();
                break;
            default:
                TellTransportReset();
                break;
        }
    }

    /// <inheritdoc/>
    protected override void OnReset()
    {
        // On a vCPU's thread: the loop's thread, which may wait for this lock, closes them.
        dead.AddRange(connections.Values);
        dead.AddRange(asking);
        connections.Clear();
        asking.Clear();
        resets.Clear();
        owesTransportReset = false;
        sweep.Set(TimeSpan.FromTicks(1));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing || isClosed)
        {
            return;
        }

        VsockConnection[] all;
        using (EnterWork())
        {
            isClosed = true;
            all = [.. connections.Values, .. asking, .. dead];
            connections.Clear();
            asking.Clear();
            dead.Clear();
        }

        listening.Dispose();
        sweep.Dispose();
        listener.Dispose();
        File.Delete(path);
        foreach (VsockConnection connection in all)
        {
            connection.Close();
        }
    }

    private void Sweep()
    {
        foreach (VsockConnection connection in dead)
        {
            connection.Close();
        }

        dead.Clear();
    }
}
