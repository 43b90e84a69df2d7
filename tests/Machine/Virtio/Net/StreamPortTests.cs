using System.Buffers.Binary;
using System.Net.Sockets;
using KvmInterop.Machine.Virtio.Net;

namespace KvmInterop.Tests.Machine.Virtio.Net;

/// <summary>Cables between VMs, and to programs that speak the same.</summary>
public sealed class StreamPortTests : IDisposable
{
    private readonly string path = Path.Combine(Path.GetTempPath(), $"kvm-net-{Guid.NewGuid():n}");

    public void Dispose() => File.Delete(path);

    [Fact]
    public void Cable_betweenTwoCards_carriesFramesBothWays()
    {
        using CardDriver first = new(StreamPort.Listen(path));
        Assert.False(first.IsUp);
        using CardDriver second = new(StreamPort.Connect(path));
        first.Driver.PumpUntil(() => first.IsUp);
        Assert.True(second.IsUp);
        first.AddBuffers(8, 2048);
        second.AddBuffers(8, 2048);

        for (int i = 0; i < 5; i++)
        {
            byte[] there = VirtioNetTests.Frame(60 + i);
            first.Send(there);
            Assert.Equal(there, second.Take());
            byte[] back = VirtioNetTests.Frame(1514 - i);
            second.Send(back);
            Assert.Equal(back, first.Take());
        }
    }

    [Fact]
    public async Task Join_byTwoAtOnce_makesOneCable()
    {
        for (int round = 0; round < 50; round++)
        {
            using Barrier start = new(2);
            StreamPort Join()
            {
                start.SignalAndWait();
                return StreamPort.Join(path);
            }

            StreamPort[] ports = await Task.WhenAll(Task.Run(Join), Task.Run(Join));
            Assert.Single(ports, port => port.IsUp);
            using CardDriver first = new(ports[0]);
            using CardDriver second = new(ports[1]);
            first.Driver.PumpUntil(() => first.IsUp);
            second.Driver.PumpUntil(() => second.IsUp);
        }
    }

    [Fact]
    public async Task Join_pathMadeAndNotYetListened_waitsForTheListener()
    {
        using Socket late = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        late.Bind(new UnixDomainSocketEndPoint(path));
        Task<StreamPort> joining = Task.Run(() => StreamPort.Join(path));
        Thread.Sleep(20);
        Assert.False(joining.IsCompleted);

        late.Listen(1);
        using StreamPort port = await joining;
        Assert.True(port.IsUp);
    }

    [Fact]
    public void Join_pathOfAProgramThatIsGone_isASentence()
    {
        using (Socket gone = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            // Under another name, since .NET removes what it bound.
            gone.Bind(new UnixDomainSocketEndPoint(path + "-bound"));
            gone.Listen(1);
            File.Move(path + "-bound", path);
        }

        IOException e = Assert.Throws<IOException>(() => StreamPort.Join(path));
        Assert.Equal($"nobody listens at {path}: remove it if a program that was killed left it", e.Message);
    }

    [Fact]
    public void Cable_frames_followTheirLengthInNetworkOrder()
    {
        using CardDriver card = new(StreamPort.Listen(path));
        using Socket peer = Connect(card);
        byte[] frame = VirtioNetTests.Frame(300);
        card.Send(frame);
        byte[] bytes = new byte[304];
        Receive(card, peer, bytes);
        Assert.Equal([0, 0, 1, 44, .. frame], bytes);

        // In pieces, and two at once.
        card.AddBuffers(4, 2048);
        foreach (byte[] piece in (byte[][])[[0, 0], [0, 20, .. frame[..7]], [.. frame[7..20], 0, 0, 0, 30, .. frame[..30]]])
        {
            peer.Send(piece);
            card.Driver.Loop.RunOnce(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(frame[..20], card.Take());
        Assert.Equal(frame[..30], card.Take());
    }

    [Fact]
    public void Cable_frames_goTogetherWhenTheyAreFlushed()
    {
        StreamPort port = StreamPort.Listen(path);
        using CardDriver card = new(port);
        using Socket peer = Connect(card);
        byte[] frame = VirtioNetTests.Frame(60);
        Assert.True(port.TrySend(frame));
        Assert.True(port.TrySend(frame));
        Assert.False(peer.Poll(0, SelectMode.SelectRead));

        port.Flush();

        byte[] bytes = new byte[200];
        Assert.Equal(128, peer.Receive(bytes));
        Assert.Equal([0, 0, 0, 60, .. frame, 0, 0, 0, 60, .. frame], bytes[..128]);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(65537u)]
    [InlineData(uint.MaxValue)]
    public void Cable_lengthThatIsNone_hangsUpAndTheNextMayCome(uint length)
    {
        using CardDriver card = new(StreamPort.Listen(path));
        using Socket peer = Connect(card);
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, length);
        peer.Send(bytes);
        card.Driver.PumpUntil(() => !card.IsUp);

        using Socket next = Connect(card);
        card.AddBuffers(1, 2048);
        next.Send([0, 0, 0, 14, .. new byte[14]]);
        Assert.Equal(new byte[14], card.Take());
    }

    [Fact]
    public void Cable_peerThatReadsSlowly_losesNothing()
    {
        using CardDriver card = new(StreamPort.Listen(path));
        using Socket peer = Connect(card);
        byte[] frame = VirtioNetTests.Frame(1500);
        ulong header = card.Driver.Place(new byte[CardDriver.HeaderLength]);
        ulong data = card.Driver.Place(frame);
        int sent = 0;
        int done = 0;

        // Until the socket is full and the card keeps what it has.
        while (sent - done < 8)
        {
            card.Transmit.Add((header, CardDriver.HeaderLength, false), (data, frame.Length, false));
            card.Transmit.Kick();
            card.Driver.Pump();
            sent++;
            done += card.Transmit.TakeUsed() is null ? 0 : 1;
            Assert.True(sent < 100_000);
        }

        byte[] bytes = new byte[1504];
        for (int i = 0; i < sent; i++)
        {
            Receive(card, peer, bytes);
            Assert.Equal([0, 0, 5, 220, .. frame], bytes);
        }
    }

    [Fact]
    public void Cable_secondPeer_isTurnedAway()
    {
        using CardDriver card = new(StreamPort.Listen(path));
        using Socket peer = Connect(card);
        using Socket other = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        other.Connect(new UnixDomainSocketEndPoint(path));
        card.Driver.Pump();

        Assert.Equal(0, other.Receive(new byte[1]));
        Assert.True(card.IsUp);
    }

    private Socket Connect(CardDriver card)
    {
        Socket peer = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        peer.Connect(new UnixDomainSocketEndPoint(path));
        card.Driver.PumpUntil(() => card.IsUp);
        return peer;
    }

    private static void Receive(CardDriver card, Socket peer, Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            card.Driver.Pump();
            bytes = bytes[peer.Receive(bytes)..];
        }
    }
}
