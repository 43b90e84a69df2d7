using System.Buffers.Binary;
using System.Diagnostics;
using KvmInterop.Machine.Virtio.Net;

namespace KvmInterop.Tests.Machine.Virtio.Net;

/// <summary>A cable to QEMU, whose network for users answers: no guest is needed there.</summary>
public sealed class QemuCableTests : IDisposable
{
    private const string Card = "52:54:00:12:34:56";
    private const int ArpType = 0x0806;
    private const int IpType = 0x0800;

    // What QEMU's network gives itself and a guest (-netdev user).
    private static readonly byte[] Gateway = [10, 0, 2, 2];
    private static readonly byte[] Guest = [10, 0, 2, 15];
    private static readonly byte[] Mac = [0x52, 0x54, 0, 0x12, 0x34, 0x56];

    private readonly string path = Path.Combine(Path.GetTempPath(), $"kvm-net-{Guid.NewGuid():n}");
    private Process? qemu;

    public void Dispose()
    {
        if (qemu is not null)
        {
            qemu.Kill();
            qemu.WaitForExit();
            qemu.Dispose();
        }

        File.Delete(path);
    }

    [SkippableTheory]
    [InlineData("stream,id=cable,server=off,addr.type=unix,addr.path=")]
    [InlineData("stream,id=cable,server=on,addr.type=unix,addr.path=")]
    public void Cable_toQemu_carriesFramesBothWays(string cable)
    {
        string tool = Requires.Tool("qemu-system-x86_64");
        using CardDriver card = Join(tool, cable + path);
        card.AddBuffers(12, 2048);

        card.Send([.. Header([255, 255, 255, 255, 255, 255], ArpType), .. Arp()]);
        byte[] told = TakeOf(card, ArpType);
        Assert.Equal(2, told[21]); // It is an answer.
        byte[] gateway = told[22..28];
        Assert.Equal(Gateway, told[28..32]);

        // As short and as long as frames are.
        foreach (int length in (ReadOnlySpan<int>)[18, 700, 1472])
        {
            byte[] ping = Ping(length);
            card.Send([.. Header(gateway, IpType), .. ping]);
            byte[] pong = TakeOf(card, IpType);
            Assert.Equal(0, pong[34]); // Echo reply.
            Assert.Equal(ping[28..], pong[42..]);
        }
    }

    private CardDriver Join(string tool, string cable)
    {
        bool qemuListens = cable.Contains("server=on", StringComparison.Ordinal);
        StreamPort? port = qemuListens ? null : StreamPort.Listen(path);
        qemu = Process.Start(tool,
        [
            "-machine", "none", "-nodefaults", "-display", "none", "-netdev", "user,id=net", "-netdev", cable,
            "-netdev", "hubport,id=a,hubid=0,netdev=net", "-netdev", "hubport,id=b,hubid=0,netdev=cable",
        ]);
        if (qemuListens)
        {
            Assert.True(SpinWait.SpinUntil(() => File.Exists(path), TimeSpan.FromMinutes(2)));
        }

        // QEMU's path is there before it listens.
        CardDriver card = new(port ?? StreamPort.Join(path), mac: Card);
        Stopwatch patience = Stopwatch.StartNew();
        while (!card.IsUp)
        {
            Assert.True(patience.Elapsed < TimeSpan.FromMinutes(2), "QEMU does not connect");
            card.Driver.Loop.RunOnce(TimeSpan.FromSeconds(1));
        }

        return card;
    }

    // The next frame of a type: QEMU's network sends others unasked.
    private static byte[] TakeOf(CardDriver card, int type)
    {
        byte[] frame;
        do
        {
            frame = card.Take();
        }
        while (BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(12)) != type);

        return frame;
    }

    private static byte[] Header(byte[] to, int type) => [.. to, .. Mac, (byte)(type >> 8), (byte)type];

    // Who has the gateway's address? (RFC 826)
    private static byte[] Arp() => [0, 1, 8, 0, 6, 4, 0, 1, .. Mac, .. Guest, 0, 0, 0, 0, 0, 0, .. Gateway];

    // An echo request (RFC 792) to the gateway, with so many bytes of data.
    private static byte[] Ping(int length)
    {
        byte[] message = [8, 0, 0, 0, 0, 1, 0, 1, .. VirtioNetTests.Frame(length)];
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), Sum(message));
        int total = 20 + message.Length;
        byte[] header = [0x45, 0, (byte)(total >> 8), (byte)total, 0, 0, 0, 0, 64, 1, 0, 0, .. Guest, .. Gateway];
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(10), Sum(header));
        return [.. header, .. message];
    }

    // RFC 1071.
    private static ushort Sum(ReadOnlySpan<byte> data)
    {
        uint sum = 0;
        for (int i = 0; i < data.Length; i++)
        {
            sum += (uint)data[i] << (i % 2 == 0 ? 8 : 0);
        }

        sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~((sum & 0xffff) + (sum >> 16));
    }
}
