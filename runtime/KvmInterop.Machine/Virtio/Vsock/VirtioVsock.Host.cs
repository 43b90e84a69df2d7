using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace KvmInterop.Machine.Virtio.Vsock;

// Programs of the host.
public sealed partial class VirtioVsock
{
    // "CONNECT 4294967295\n" has 19 characters.
    private const int LongestLine = 32;

    private static ReadOnlySpan<byte> ConnectWord => "CONNECT "u8;

    private void Accept()
    {
        Socket socket;
        try
        {
            socket = listener.Accept();
        }
        catch (SocketException)
        {
            // Gone before it was taken.
            return;
        }

        if (isClosed || !IsRunning || connections.Count + asking.Count >= MostConnections)
        {
            socket.Dispose();
            return;
        }

        socket.Blocking = false;
        VsockConnection connection = new(socket, nextHostPort, 0) { State = VsockState.Asking };
        nextHostPort = nextHostPort == uint.MaxValue ? FirstHostPort : nextHostPort + 1;
        asking.Add(connection);
        WatchSocket(connection);
    }

    // A guest's request for a port of the host.
    private VsockConnection? ConnectToHost(uint hostPort, uint guestPort)
    {
        if (connections.Count + asking.Count >= MostConnections)
        {
            return null;
        }

        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            // A Unix socket connects at once or not at all.
            socket.Blocking = false;
            socket.Connect(new UnixDomainSocketEndPoint($"{path}_{hostPort.ToString(CultureInfo.InvariantCulture)}"));
            VsockConnection connection = new(socket, hostPort, guestPort) { State = VsockState.Established };
            connections.Add((hostPort, guestPort), connection);
            WatchSocket(connection);
            return connection;
        }
        catch (Exception e) when (e is SocketException or ArgumentException or KvmException)
        {
            socket.Dispose();
            return null;
        }
    }

    private void WatchSocket(VsockConnection connection) => connection.Registration =
        Watch(connection.Socket.SafeHandle, FileEvents.Readable, events => OnSocket(connection, events));

    private void OnSocket(VsockConnection connection, FileEvents events)
    {
        if (dead.Contains(connection) || isClosed)
        {
            return;
        }

        if (connection.State == VsockState.Asking)
        {
            ReadLine(connection);
            FillReceive();
            return;
        }

        if ((events & FileEvents.Writable) != 0 && !connection.TryFlush(scratch))
        {
            Abort(connection);
        }
        else if ((events & FileEvents.Readable) != 0 && connection.State == VsockState.Established)
        {
            connection.IsHeldBack = true;
        }
        else if ((events & (FileEvents.HungUp | FileEvents.Error)) != 0)
        {
            // Told without end: not watched any more. What the program wrote before it went is the guest's
            // all the same, as soon as it has room.
            connection.Registration?.Dispose();
            connection.Registration = null;
            connection.IsHungUp = connection.IsHeldBack = true;
        }

        if (connection.OwesCredit)
        {
            connection.Tell(VsockOperation.CreditUpdate);
        }

        FillReceive();
        UpdateInterest(connection);
    }

    // One byte at a time: what follows the line is the guest's.
    private void ReadLine(VsockConnection connection)
    {
        Span<byte> one = stackalloc byte[1];
        while (true)
        {
            int read = connection.Socket.Receive(one, SocketFlags.None, out SocketError error);
            if (error == SocketError.WouldBlock)
            {
                return;
            }

            if (read <= 0 || error != SocketError.Success || connection.Line.Count == LongestLine)
            {
                break;
            }

            if (one[0] != (byte)'\n')
            {
                connection.Line.Add(one[0]);
                continue;
            }

            ReadOnlySpan<byte> line = [.. connection.Line];
            if (line.StartsWith(ConnectWord)
                && uint.TryParse(
                    line[ConnectWord.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out uint port)
                && !connections.ContainsKey((connection.HostPort, port)))
            {
                // The guest may have the same pair of ports: it can name any port of the host's.
                asking.Remove(connection);
                connection.GuestPort = port;
                connection.State = VsockState.Requested;
                connections[(connection.HostPort, port)] = connection;
                connection.Tell(VsockOperation.Request);
                UpdateInterest(connection);
                return;
            }

            break;
        }

        asking.Remove(connection);
        connection.Close();
    }

    private static void SayConnected(VsockConnection connection) => connection.TryAnswer(
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"OK {connection.HostPort}\n")));

    // The connection is over, and the guest is told.
    private void Abort(VsockConnection connection)
    {
        if (Forget(connection))
        {
            AddReset(connection.Header(guestCid, VsockOperation.Reset, 0, 0));
        }
    }

    private bool Forget(VsockConnection connection)
    {
        bool wasThere = connections.Remove((connection.HostPort, connection.GuestPort));
        if (wasThere)
        {
            connection.Close();
        }

        return wasThere;
    }

    private void UpdateInterest(VsockConnection connection)
    {
        if (connection.Registration is null
            || !connections.ContainsKey((connection.HostPort, connection.GuestPort)))
        {
            return;
        }

        bool reads = connection is { State: VsockState.Established, IsHeldBack: false, HostSendsNoMore: false };
        connection.Registration.Watch(
            (reads ? FileEvents.Readable : FileEvents.None)
            | (connection.ToHost.Count > 0 ? FileEvents.Writable : FileEvents.None));
    }
}
