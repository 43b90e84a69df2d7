using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>Programs of the host around a vsock: some listen, some connect, write anything, and go away.</summary>
/// <param name="path">The device's socket.</param>
/// <param name="listener">Of a port that the guest may connect to, for all inputs.</param>
internal sealed class VsockHost(string path, Socket listener)
{
    private const int MostSockets = 8;

    private readonly List<Socket> sockets = [];
    private readonly byte[] buffer = new byte[4096];

    /// <summary>What a host has that never ends: made once.</summary>
    public static Socket Listen(string path)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        socket.Listen(128);
        socket.Blocking = false;
        return socket;
    }

    public void Happen(FuzzScript script)
    {
        int what = script.Byte() % 8;
        if (what == 0 || sockets.Count == 0)
        {
            Come(script);
            return;
        }

        Socket one = sockets[script.Below(sockets.Count)];
        switch (what)
        {
            case 1:
                one.Dispose();
                sockets.Remove(one);
                break;
            case 2:
                Accept();
                break;
            case 3:
                one.Receive(buffer, SocketFlags.None, out _);
                break;
            case 4:
                Try(() => one.Shutdown(SocketShutdown.Send));
                break;
            default:
                script.Fill(buffer.AsSpan(0, 64));
                one.Send(buffer.AsSpan(0, script.Byte() * 16), SocketFlags.None, out _);
                break;
        }
    }

    public void End()
    {
        Accept();
        sockets.ForEach(socket => socket.Dispose());
    }

    private void Come(FuzzScript script)
    {
        Accept();
        if (sockets.Count >= MostSockets)
        {
            return;
        }

        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        Try(() => socket.Connect(new UnixDomainSocketEndPoint(path)));
        string port = script.SmallOrAny(3).ToString(CultureInfo.InvariantCulture);
        string line = (script.Byte() % 8) switch
        {
            0 => "CONNECT \n",
            1 => $"CONNECT {port}{port}{port}{port}{port}{port}\n",
            2 => "GET / HTTP/1.1\r\n\r\n",
            3 => $"CONNECT {port}",
            _ => $"CONNECT {port}\n",
        };
        socket.Send(Encoding.ASCII.GetBytes(line), SocketFlags.None, out _);
        sockets.Add(socket);
    }

    // Whom the guest has connected to.
    private void Accept()
    {
        while (listener.Poll(0, SelectMode.SelectRead))
        {
            Try(() =>
            {
                Socket socket = listener.Accept();
                socket.Blocking = false;
                sockets.Add(socket);
            });
        }
    }

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (SocketException)
        {
            // The other side is gone.
        }
    }
}
