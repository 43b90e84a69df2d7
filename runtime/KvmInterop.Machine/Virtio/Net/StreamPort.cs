using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;

namespace KvmInterop.Machine.Virtio.Net;

/// <summary>
/// A cable to another VM: a Unix stream socket on which each frame follows its length, 4 bytes in network
/// order. QEMU's <c>-netdev stream</c> and <c>-netdev socket</c> speak the same.
/// </summary>
/// <remarks>One side listens, the other connects. When the other side goes, the link is down; the listening
/// side then takes the next one.</remarks>
public sealed partial class StreamPort : NetworkPort
{
    private const int LengthBytes = sizeof(uint);

    // A side that has made its path listens within microseconds; on a loaded machine it may be put off that long.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Socket? listener;
    private readonly string path;
    private INetworkCard? card;
    private EventRegistration? listening;
    private Socket? peer;
    private EventRegistration? connection;
    private FileEvents watched;
    private bool isWanted;

    private StreamPort(string path, Socket? listener, Socket? peer)
    {
        this.path = path;
        this.listener = listener;
        this.peer = peer;
    }

    /// <inheritdoc/>
    public override bool IsUp => peer is not null;

    /// <summary>Waits for the other side at a path, which is made, and removed in the end.</summary>
    /// <exception cref="SocketException">It cannot be made: it is there already, for instance.</exception>
    /// <exception cref="ArgumentException">The path is too long for a socket.</exception>
    public static StreamPort Listen(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            socket.Listen(1);
            socket.Blocking = false;
            return new StreamPort(path, socket, peer: null);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Connects to the side that listens.</summary>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    /// <exception cref="ArgumentException">The path is too long for a socket.</exception>
    public static StreamPort Connect(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            socket.Blocking = false;
            return new StreamPort(path, listener: null, socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Listens at a path if it is not there, and else connects to the side that made it. Two that join at
    /// the same moment find each other, whichever comes first.</summary>
    /// <remarks>Waits up to two seconds for a side that has made its path and does not listen yet.</remarks>
    /// <exception cref="SocketException">It can neither be made nor connected to.</exception>
    /// <exception cref="IOException">Nobody listens there: a program that was killed left the path.</exception>
    /// <exception cref="ArgumentException">The path is too long for a socket.</exception>
    public static StreamPort Join(string path)
    {
        // bind(2) makes the path, or refuses because it is there, in one step; to look first would leave a gap.
        Stopwatch waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return Listen(path);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
            }

            try
            {
                return Connect(path);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
            {
                if (waited.Elapsed > Patience)
                {
                    throw new IOException($"nobody listens at {path}: remove it if a program that was killed left it", e);
                }

                Thread.Sleep(1);
            }
            catch (SocketException) when (!File.Exists(path))
            {
                // The other side ended meanwhile.
            }
        }
    }

    /// <inheritdoc/>
    public override void Open(INetworkCard card)
    {
        ArgumentNullException.ThrowIfNull(card);
        this.card = card;
        if (listener is not null)
        {
            listening = card.Watch(listener.SafeHandle, FileEvents.Readable, _ => Accept());
        }
        else
        {
            WatchPeer();
        }
    }

    /// <inheritdoc/>
    public override void Listen(bool isWanted)
    {
        this.isWanted = isWanted;
        UpdateInterest();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        listening?.Dispose();
        connection?.Dispose();
        peer?.Dispose();
        if (listener is not null)
        {
            listener.Dispose();
            File.Delete(path);
        }
    }

    private void Accept()
    {
        try
        {
            Socket accepted = listener!.Accept();
            if (peer is not null)
            {
                // A cable has two ends.
                accepted.Dispose();
                return;
            }

            accepted.Blocking = false;
            peer = accepted;
        }
        catch (SocketException)
        {
            // Gone before it was taken.
            return;
        }

        WatchPeer();
        card!.OnLink();
        card.OnFrames();
    }

    private void WatchPeer()
    {
        watched = FileEvents.Readable;
        connection = card!.Watch(peer!.SafeHandle, watched, OnPeer);
    }

    private void OnPeer(FileEvents events)
    {
        if ((events & FileEvents.Writable) != 0)
        {
            FlushRest();
            card!.OnRoom();
        }

        if ((events & FileEvents.Readable) != 0)
        {
            card!.OnFrames();
        }
        else if ((events & (FileEvents.Error | FileEvents.HungUp)) != 0)
        {
            HangUp();
        }
    }

    private void HangUp()
    {
        if (peer is null)
        {
            return;
        }

        connection?.Dispose();
        connection = null;
        peer.Dispose();
        peer = null;
        inputStart = inputEnd = restStart = restEnd = 0;
        card!.OnLink();
    }

    // A change is a system call, which a turn without one does without.
    private void UpdateInterest()
    {
        FileEvents interest = (isWanted ? FileEvents.Readable : FileEvents.None)
            | (restEnd > restStart ? FileEvents.Writable : FileEvents.None);
        if (connection is not null && interest != watched)
        {
            watched = interest;
            connection.Watch(interest);
        }
    }
}
