using System.Net.Sockets;
using System.Text;
using KvmInterop.Machine;

namespace KvmInterop.Tests.Machine.Gdb;

/// <summary>The debugger's side of the protocol, byte by byte, over a real connection.</summary>
internal sealed class GdbClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Socket socket;
    private readonly NetworkStream stream;

    public GdbClient(GdbServer server)
    {
        socket = new Socket(server.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(server.EndPoint);
        socket.ReceiveTimeout = (int)Patience.TotalMilliseconds;
        stream = new NetworkStream(socket);
    }

    public void Dispose()
    {
        stream.Dispose();
        socket.Dispose();
    }

    public static string Packet(string content) =>
        $"${content}#{(byte)Encoding.Latin1.GetBytes(content).Sum(one => one):x2}";

    public void Raw(string bytes) => stream.Write(Encoding.Latin1.GetBytes(bytes));

    /// <summary>Sends a packet, and gives back the answer's content after both acknowledgements.</summary>
    public string Ask(string content)
    {
        Raw(Packet(content));
        Assert.Equal('+', (char)Byte());
        return Answer();
    }

    public string Answer()
    {
        string content = AnswerWithoutAcknowledgement();
        Raw("+");
        return content;
    }

    public string AnswerWithoutAcknowledgement()
    {
        Assert.Equal('$', (char)Byte());
        StringBuilder content = new();
        int one;
        while ((one = Byte()) != '#')
        {
            content.Append((char)one);
        }

        string told = $"{(char)Byte()}{(char)Byte()}";
        Assert.Equal(Packet(content.ToString())[^2..], told);
        return content.ToString();
    }

    public int Byte() => stream.ReadByte();
}
