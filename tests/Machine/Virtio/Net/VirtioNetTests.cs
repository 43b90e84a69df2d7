using KvmInterop.Machine.Virtio;
using KvmInterop.Machine.Virtio.Net;

namespace KvmInterop.Tests.Machine.Virtio.Net;

public sealed class VirtioNetTests
{
    private const ulong Mergeable = 1UL << 15;

    [Fact]
    public void Card_configuration_hasAddressLinkAndMtu()
    {
        using CardDriver card = new(new FakePort(), mtu: 1400);

        Assert.Equal([0x52, 0x54, 0, 0x12, 0x34, 0x56, 1, 0, 0, 0, 0x78, 5], card.Driver.ReadConfiguration(0, 12));
        Assert.Equal((1ul << 3) | (1 << 5) | (1 << 15) | (1 << 16), card.Driver.Device.OfferedFeatures & 0xfff_ffff);
    }

    [Fact]
    public void Card_frameThatIsSent_losesItsHeaderOnly()
    {
        FakePort port = new();
        using CardDriver card = new(port);
        byte[] frame = Frame(60);
        card.Send(frame);

        Assert.Equal([frame], port.Outgoing);
        Assert.NotNull(card.Transmit.TakeUsed());
    }

    [Fact]
    public void Card_framesOfOneBell_areFlushedOnce()
    {
        FakePort port = new();
        using CardDriver card = new(port);
        card.Driver.Pump();
        int before = port.Flushes;
        ulong header = card.Driver.Place(new byte[CardDriver.HeaderLength]);
        ulong data = card.Driver.Place(Frame(60));
        for (int i = 0; i < 3; i++)
        {
            card.Transmit.Add((header, CardDriver.HeaderLength, false), (data, 60, false));
        }

        card.Transmit.Kick();
        card.Driver.Pump();

        Assert.Equal(3, port.Outgoing.Count);
        Assert.Equal(1, port.Flushes - before);
    }

    [Theory]
    [InlineData(true, 60, 2048, 1)]
    [InlineData(false, 60, 2048, 1)]
    [InlineData(true, 1514, 1526, 1)]
    [InlineData(true, 1514, 512, 3)]
    [InlineData(true, 500, 512, 1)]
    [InlineData(true, 501, 512, 2)]
    public void Card_frameThatComes_isPutIntoBuffers(bool merges, int length, int bufferLength, int expected)
    {
        FakePort port = new();
        using CardDriver card = new(port, merges);
        card.AddBuffers(4, bufferLength);
        byte[] frame = Frame(length);
        Come(card, port, frame);

        Assert.Equal(frame, card.Take(out int numBuffers));
        Assert.Equal(expected, numBuffers);
        Assert.Null(card.Receive.TakeUsed());
    }

    [Fact]
    public void Card_withoutBuffers_waitsForThemWithTheFrame()
    {
        FakePort port = new();
        using CardDriver card = new(port);
        byte[] frame = Frame(1514);
        Come(card, port, frame);
        Assert.False(port.IsListening);

        // Not enough for it yet.
        card.AddBuffers(2, 600);
        card.Driver.Pump();
        Assert.Null(card.Receive.TakeUsed());
        card.AddBuffers(2, 600);
        card.Driver.Pump();

        Assert.Equal(frame, card.Take(out int numBuffers));
        Assert.Equal(3, numBuffers);
        Assert.True(port.IsListening);
    }

    [Fact]
    public void Card_buffersThatAreTooSmall_comeBackEmptyAndTheFrameIsLost()
    {
        FakePort port = new();
        using CardDriver card = new(port, features: VirtioFeatures.Version1);
        card.AddBuffers(1, 40);
        card.AddBuffers(1, 1600);
        Come(card, port, Frame(100), Frame(101));

        Assert.Equal((0u, 0u), card.Receive.TakeUsed());
        Assert.Equal(Frame(101), card.Take());
    }

    [Fact]
    public void Card_headerCutAnywhere_isWrittenWhole()
    {
        FakePort port = new();
        using CardDriver card = new(port, features: VirtioFeatures.Version1 | Mergeable);
        ulong buffer = card.Driver.Allocate(64);
        ulong second = card.Driver.Allocate(512);
        card.Receive.Add((buffer, 11, true), (buffer + 20, 1, true), (buffer + 30, 8, true));
        card.Receive.Add((second, 512, true));
        byte[] frame = Frame(60);
        Come(card, port, frame);

        Assert.Equal(20u, card.Receive.TakeUsed()!.Value.Length);
        Assert.Equal(52u, card.Receive.TakeUsed()!.Value.Length);
        Assert.Equal(2, card.Driver.Memory.Read<byte>(buffer + 10));
        Assert.Equal(0, card.Driver.Memory.Read<byte>(buffer + 11));
        Assert.Equal(0, card.Driver.Memory.Read<byte>(buffer + 20));
        Assert.Equal(frame[0], card.Driver.Memory.Read<byte>(buffer + 30));
        Assert.Equal(frame[8], card.Driver.Memory.Read<byte>(second));
    }

    [Fact]
    public void Card_portWithoutRoom_keepsTheFrame()
    {
        FakePort port = new() { IsFull = true };
        using CardDriver card = new(port);
        card.Send(Frame(60));
        Assert.Null(card.Transmit.TakeUsed());

        port.IsFull = false;
        port.Card.OnRoom();
        Assert.Equal([Frame(60)], port.Outgoing);
        Assert.NotNull(card.Transmit.TakeUsed());
    }

    [Fact]
    public void Card_link_isToldAndFramesAreLostWithoutIt()
    {
        FakePort port = new() { Up = false };
        using CardDriver card = new(port);
        Assert.False(card.IsUp);
        card.Send(Frame(60));
        Assert.Empty(port.Outgoing);
        Assert.NotNull(card.Transmit.TakeUsed());
        card.Driver.TakeInterrupts();

        port.Up = true;
        port.Card.OnLink();
        Assert.True(card.IsUp);
        Assert.Equal(2u, card.Driver.TakeInterrupts());
    }

    [Fact]
    public void Card_framesThatAreNone_areLost()
    {
        FakePort port = new();
        using CardDriver card = new(port);
        card.Send(Frame(13));
        card.Send([]);
        DriverQueue queue = card.Transmit;
        queue.Add((0x100, 5, false));
        queue.Add((0x100, 70_000, false));
        queue.Add((0x100, 60, true));
        queue.Kick();
        card.Driver.Pump();

        Assert.Empty(port.Outgoing);
        for (int i = 0; i < 5; i++)
        {
            Assert.NotNull(queue.TakeUsed());
        }
    }

    [Fact]
    public void Card_reset_forgetsTheFrameThatWaits()
    {
        FakePort port = new();
        using CardDriver card = new(port);
        Come(card, port, Frame(60));
        card.Driver.Start(queueSize: 16);
        Assert.True(port.IsListening);
        port.Card.OnFrames();

        Assert.Null(card.Receive.TakeUsed());
    }

    [Theory]
    [InlineData("52:54:00:12:34")]
    [InlineData("52:54:00:12:34:567")]
    [InlineData("52:54:00:12:34:g6")]
    [InlineData("+2:54:00:12:34:56")]
    public void MacAddress_otherText_isRefused(string text) =>
        Assert.Contains(text, Assert.Throws<FormatException>(() => MacAddress.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void MacAddress_text_goesRoundAndKnowsGroups()
    {
        Assert.Equal("0a:0b:0c:0d:0e:ff", MacAddress.Parse("0A:0b:0c:0d:0e:FF").ToString());
        Assert.False(MacAddress.Parse("01:00:5e:00:00:01").IsUnicast);
        Assert.True(MacAddress.Local48(7).IsUnicast);
        Assert.NotEqual(MacAddress.Local48(7), MacAddress.Local48(8));
    }

    internal static byte[] Frame(int length) => Block.TemporaryFile.Pattern(length);

    private static void Come(CardDriver card, FakePort port, params byte[][] frames)
    {
        foreach (byte[] frame in frames)
        {
            port.Incoming.Enqueue(frame);
        }

        port.Card.OnFrames();
        card.Driver.Pump();
    }
}
