using System.Net.Sockets;

namespace KvmInterop.Machine.Virtio.Vsock;

// What the guest gets.
public sealed partial class VirtioVsock
{
    private static readonly VsockOperation[] ControlOperations =
    [
        VsockOperation.Request, VsockOperation.Response, VsockOperation.CreditUpdate, VsockOperation.Shutdown,
    ];

    private readonly List<VsockConnection> round = [];

    // Chains that this turn may still take: a driver that always has one more, of no use, waits for the next.
    private int chainsLeft;
    private bool isStarved;

    // Sends what waits for the guest, as far as it has buffers: resets, control packets, then data of each
    // connection in turn.
    private void FillReceive()
    {
        Virtqueue queue = Queue(ReceiveQueue);
        if (!IsRunning || !queue.IsReady)
        {
            return;
        }

        chainsLeft = queue.Size;
        isStarved = false;
        while (resets.Count > 0 && TryPop(queue))
        {
            Send(queue, resets.Dequeue(), default);
        }

        round.Clear();
        round.AddRange(connections.Values);
        foreach (VsockConnection connection in round)
        {
            SendControl(queue, connection);
            SendData(queue, connection);
            UpdateInterest(connection);
        }

        bool hasMore = queue.EnableNotifications();
        Interrupt(queue);
        if (hasMore && isStarved)
        {
            // They came meanwhile, and nobody rang for them.
            Ring(queue);
        }
    }

    private bool TryPop(Virtqueue queue)
    {
        while (chainsLeft-- > 0 && queue.TryPop(receiveChain))
        {
            if (receiveChain.WritableLeft >= VsockPacket.HeaderLength)
            {
                return true;
            }

            // Of no use for anything.
            queue.Push(receiveChain, 0);
        }

        isStarved = true;
        return false;
    }

    private void SendControl(Virtqueue queue, VsockConnection connection)
    {
        foreach (VsockOperation operation in ControlOperations)
        {
            if ((connection.Pending & (1u << (int)operation)) != 0 && TryPop(queue))
            {
                connection.TakePending(operation);
                uint flags = operation != VsockOperation.Shutdown ? 0
                    : VsockPacket.SendsNoMore | (connection.IsHungUp ? VsockPacket.ReceivesNoMore : 0);
                Send(queue, connection.Header(guestCid, operation, 0, flags), default);
            }
        }
    }

    private void SendData(Virtqueue queue, VsockConnection connection)
    {
        // One packet for each connection and turn; the socket calls again at once if there is more.
        if (connection is not { IsHeldBack: true, State: VsockState.Established, HostSendsNoMore: false }
            || !connection.HasCredit || !TryPop(queue))
        {
            return;
        }

        int most = (int)Math.Min(
            Math.Min(connection.Credit, receiveChain.WritableLeft - VsockPacket.HeaderLength),
            (ulong)scratch.Length);
        int read = 0;
        SocketError error = SocketError.WouldBlock;
        if (most > 0)
        {
            read = connection.Socket.Receive(scratch.AsSpan(0, most), SocketFlags.None, out error);
        }

        if (error != SocketError.Success || read == 0)
        {
            queue.UndoPop();
            connection.IsHeldBack = most == 0;
            OnNothingRead(connection, error, most);
            return;
        }

        connection.IsHeldBack = connection.IsHungUp;
        connection.CountSent((uint)read);
        Send(
            queue, connection.Header(guestCid, VsockOperation.ReadWrite, (uint)read, 0),
            scratch.AsSpan(0, read));
        if (connection.IsHungUp)
        {
            // Nothing calls for what is left.
            Ring(queue);
        }
    }

    private void OnNothingRead(VsockConnection connection, SocketError error, int most)
    {
        if (error == SocketError.Success && most > 0)
        {
            // The program of the host's writes no more.
            connection.HostSendsNoMore = true;
            connection.Tell(VsockOperation.Shutdown);
            SendControl(Queue(ReceiveQueue), connection);
        }
        else if (error != SocketError.WouldBlock)
        {
            Abort(connection);
        }
    }

    private void Send(Virtqueue queue, in VsockPacket packet, ReadOnlySpan<byte> data)
    {
        Span<byte> header = stackalloc byte[VsockPacket.HeaderLength];
        packet.Write(header);
        receiveChain.TryWrite(header);
        receiveChain.TryWrite(data);
        queue.Push(receiveChain, receiveChain.Written);
    }

    private void TellTransportReset()
    {
        Virtqueue queue = Queue(EventQueue);
        if (owesTransportReset && queue.TryPop(transmitChain))
        {
            // VIRTIO_VSOCK_EVENT_TRANSPORT_RESET is 0 (5.10.6.7).
            Span<byte> happened = stackalloc byte[sizeof(uint)];
            happened.Clear();
            transmitChain.TryWrite(happened);
            queue.Push(transmitChain, transmitChain.Written);
            owesTransportReset = false;
        }

        queue.EnableNotifications();
        Interrupt(queue);
    }
}
