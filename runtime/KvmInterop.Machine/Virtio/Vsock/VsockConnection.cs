using System.Net.Sockets;
using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Virtio.Vsock;

/// <summary>A stream between a socket of the guest's and one of the host's. Under the device's lock.</summary>
internal sealed class VsockConnection(Socket socket, uint hostPort, uint guestPort)
{
    /// <summary>What the guest may send before the host's program reads it (buf_alloc).</summary>
    internal const int BufferSize = 64 * 1024;

    private uint peerBufferSize;
    private uint peerForwarded;
    private uint sentToGuest;
    private uint forwarded;
    private uint toldForwarded;

    internal Socket Socket { get; } = socket;

    internal uint HostPort { get; } = hostPort;

    internal uint GuestPort { get; set; } = guestPort;

    internal EventRegistration? Registration { get; set; }

    internal VsockState State { get; set; }

    /// <summary>Operations that the guest is to be told of, one bit for each.</summary>
    internal uint Pending { get; private set; }

    /// <summary>Bytes of the guest's that the host's socket had no room for.</summary>
    internal ByteQueue ToHost { get; } = new(BufferSize);

    /// <summary>The socket has something, and the guest had no buffer or no credit for it.</summary>
    internal bool IsHeldBack { get; set; }

    /// <summary>The program of the host's has closed its socket.</summary>
    internal bool IsHungUp { get; set; }

    internal bool GuestSendsNoMore { get; set; }

    internal bool GuestReceivesNoMore { get; set; }

    internal bool HostSendsNoMore { get; set; }

    /// <summary>Bytes of the line by which a program of the host's asks for a port.</summary>
    internal List<byte> Line { get; } = [];

    internal bool HasCredit => Credit > 0;

    // The guest's numbers may be anything; what it has room for is at most what it says (5.10.6.3).
    internal uint Credit
    {
        get
        {
            uint inFlight = sentToGuest - peerForwarded;
            return inFlight >= peerBufferSize ? 0 : peerBufferSize - inFlight;
        }
    }

    /// <summary>Whether the guest may think that there is much less room than there is.</summary>
    internal bool OwesCredit => forwarded - toldForwarded >= BufferSize / 2;

    internal void Tell(VsockOperation operation) => Pending |= 1u << (int)operation;

    internal bool TakePending(VsockOperation operation)
    {
        uint bit = 1u << (int)operation;
        bool isPending = (Pending & bit) != 0;
        Pending &= ~bit;
        return isPending;
    }

    internal void SetPeer(in VsockPacket packet)
    {
        peerBufferSize = packet.BufferSize;
        peerForwarded = packet.Forwarded;
    }

    internal void CountSent(uint bytes) => sentToGuest += bytes;

    /// <summary>Writes to the host's program, and keeps what it does not take at once.</summary>
    /// <returns>False where the guest sent more than it had room for, or the program is gone.</returns>
    internal bool TrySendToHost(ReadOnlySpan<byte> data)
    {
        if (ToHost.Count == 0 && !TrySend(ref data))
        {
            return false;
        }

        return ToHost.Enqueue(data) == data.Length;
    }

    /// <summary>Writes a line that the guest did not send, and which is not to count as its (5.10.6.3): one that
    /// reads of more bytes forwarded than it sent may never send again, as Linux.</summary>
    /// <returns>As <see cref="TrySendToHost"/>.</returns>
    internal bool TryAnswer(ReadOnlySpan<byte> line)
    {
        // While a part of it is kept, the guest has that much less room.
        forwarded -= (uint)line.Length;
        return TrySendToHost(line);
    }

    /// <summary>Writes what was kept; false where the program is gone.</summary>
    internal bool TryFlush(byte[] scratch)
    {
        while (ToHost.Count > 0)
        {
            int length = ToHost.Peek(scratch);
            ReadOnlySpan<byte> rest = scratch.AsSpan(0, length);
            if (!TrySend(ref rest))
            {
                return false;
            }

            ToHost.Dequeue(scratch.AsSpan(0, length - rest.Length));
            if (!rest.IsEmpty)
            {
                return true;
            }
        }

        if (GuestSendsNoMore)
        {
            TryShutdownSend();
        }

        return true;
    }

    internal VsockPacket Header(ulong guestCid, VsockOperation operation, uint length, uint flags)
    {
        toldForwarded = forwarded;
        return new VsockPacket(
            VirtioVsock.HostCid, guestCid, HostPort, GuestPort, length, VsockPacket.Stream, operation, flags,
            BufferSize, forwarded);
    }

    internal void Close()
    {
        Registration?.Dispose();
        Socket.Dispose();
    }

    private void TryShutdownSend()
    {
        try
        {
            Socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The program is gone; its side of the socket says so too.
        }
    }

    private bool TrySend(ref ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            int sent = Socket.Send(data, SocketFlags.None, out SocketError error);
            if (error == SocketError.WouldBlock)
            {
                return true;
            }

            if (error != SocketError.Success)
            {
                return false;
            }

            data = data[sent..];
            forwarded += (uint)sent;
        }

        return true;
    }
}
