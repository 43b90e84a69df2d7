using System.Net.Sockets;

namespace KvmInterop.Machine.Virtio.Vsock;

// What the guest sends (5.10.6).
public sealed partial class VirtioVsock
{
    // Answers to packets of no connection that the guest has taken no buffer for; more are lost.
    private const int MostResets = 256;

    /// <inheritdoc/>
    protected override uint Serve(Virtqueue queue, DescriptorChain request)
    {
        ArgumentNullException.ThrowIfNull(request);
        Span<byte> bytes = stackalloc byte[VsockPacket.HeaderLength];
        if (!request.TryRead(bytes))
        {
            return 0;
        }

        VsockPacket packet = VsockPacket.Read(bytes);
        if (packet.SourceCid != guestCid || packet.DestinationCid != HostCid
            || packet.Length > request.ReadableLeft)
        {
            return 0;
        }

        if (packet.Type != VsockPacket.Stream)
        {
            Refuse(packet);
            return 0;
        }

        if (!connections.TryGetValue((packet.DestinationPort, packet.SourcePort), out VsockConnection? connection))
        {
            OnUnknown(packet);
            return 0;
        }

        connection.SetPeer(packet);
        OnPacket(connection, packet, request);
        UpdateInterest(connection);
        return 0;
    }

    private void OnUnknown(in VsockPacket packet)
    {
        if (packet.Operation != VsockOperation.Request)
        {
            Refuse(packet);
        }
        else if (ConnectToHost(packet.DestinationPort, packet.SourcePort) is { } connection)
        {
            connection.SetPeer(packet);
            connection.Tell(VsockOperation.Response);
        }
        else
        {
            Refuse(packet);
        }
    }

    private void OnPacket(VsockConnection connection, in VsockPacket packet, DescriptorChain request)
    {
        switch (packet.Operation)
        {
            case VsockOperation.Response when connection.State == VsockState.Requested:
                connection.State = VsockState.Established;
                SayConnected(connection);
                break;
            case VsockOperation.ReadWrite when connection.State == VsockState.Established
                && !connection.GuestSendsNoMore:
                OnData(connection, (int)Math.Min(packet.Length, int.MaxValue), request);
                break;
            case VsockOperation.CreditRequest:
                connection.Tell(VsockOperation.CreditUpdate);
                break;
            case VsockOperation.CreditUpdate:
                break;
            case VsockOperation.Shutdown when connection.State == VsockState.Established:
                OnShutdown(connection, packet.Flags);
                break;
            case VsockOperation.Reset:
                Forget(connection);
                break;
            default:
                Abort(connection);
                break;
        }
    }

    private void OnData(VsockConnection connection, int length, DescriptorChain request)
    {
        while (length > 0)
        {
            Span<byte> part = scratch.AsSpan(0, Math.Min(length, scratch.Length));
            if (!request.TryRead(part) || !connection.TrySendToHost(part))
            {
                Abort(connection);
                return;
            }

            length -= part.Length;
        }

        if (connection.OwesCredit)
        {
            connection.Tell(VsockOperation.CreditUpdate);
        }
    }

    private void OnShutdown(VsockConnection connection, uint flags)
    {
        connection.GuestSendsNoMore |= (flags & VsockPacket.SendsNoMore) != 0;
        connection.GuestReceivesNoMore |= (flags & VsockPacket.ReceivesNoMore) != 0;
        if (!connection.TryFlush(scratch)
            || (connection is { GuestSendsNoMore: true, GuestReceivesNoMore: true } && connection.ToHost.Count == 0))
        {
            // Both ways are closed: the answer is a reset (5.10.6.5).
            Abort(connection);
        }
    }

    private void Refuse(in VsockPacket packet)
    {
        if (packet.Operation != VsockOperation.Reset)
        {
            AddReset(new VsockPacket(
                HostCid, guestCid, packet.DestinationPort, packet.SourcePort, 0, packet.Type,
                VsockOperation.Reset, 0, 0, 0));
        }
    }

    private void AddReset(in VsockPacket packet)
    {
        if (resets.Count < MostResets)
        {
            resets.Enqueue(packet);
        }
    }
}
