using KvmInterop.Machine.Virtio;
using KvmInterop.Machine.Virtio.Net;

namespace KvmInterop.Tests.Machine.Virtio.Net;

/// <summary>A network card with a driver for it.</summary>
internal sealed class CardDriver : IDisposable
{
    public const int HeaderLength = 12;

    private readonly Dictionary<uint, (ulong Address, int Length)> buffers = [];

    public CardDriver(
        NetworkPort port, bool mergeable = true, ulong? features = null, int mtu = 0, string mac = "52:54:00:12:34:56") =>
        Driver = VirtioDriver.Started(
            (memory, loop) => new VirtioNet(memory, loop, port, MacAddress.Parse(mac), mtu, mergeable),
            features, queueSize: 16);

    public VirtioDriver Driver { get; }

    public DriverQueue Receive => Driver.Queue(0);

    public DriverQueue Transmit => Driver.Queue(1);

    public bool IsUp => (Driver.ReadConfiguration(6, 2)[0] & 1) != 0;

    /// <summary>Gives the card buffers to receive into.</summary>
    public void AddBuffers(int count, int length)
    {
        for (int i = 0; i < count; i++)
        {
            ulong address = Driver.Allocate(length);
            buffers[Receive.Add((address, length, true))] = (address, length);
        }

        Receive.Kick();
    }

    public void Send(ReadOnlySpan<byte> frame)
    {
        ulong header = Driver.Place(new byte[HeaderLength]);
        Transmit.Add((header, HeaderLength, false), (Driver.Place(frame), frame.Length, false));
        Transmit.Kick();
        Driver.Pump();
    }

    /// <summary>The next frame, waited for; its num_buffers too.</summary>
    public byte[] Take(out int numBuffers)
    {
        List<byte> bytes = [];
        (uint Id, uint Length) used = default;
        Driver.PumpUntil(() => Receive.TakeUsed() is { } one && (used = one).Length > 0);
        Append(bytes, used);
        numBuffers = bytes[10] | (bytes[11] << 8);
        for (int i = 1; i < numBuffers; i++)
        {
            Append(bytes, Receive.TakeUsed()!.Value);
        }

        Assert.All(bytes[..10], each => Assert.Equal(0, each));
        return [.. bytes[HeaderLength..]];
    }

    public byte[] Take() => Take(out _);

    public void Dispose() => Driver.Dispose();

    private void Append(List<byte> bytes, (uint Id, uint Length) used)
    {
        byte[] part = new byte[used.Length];
        Driver.Memory.Read(buffers[used.Id].Address, part);
        bytes.AddRange(part);
    }
}
