using KvmInterop.Machine.Virtio.Net;

namespace KvmInterop.Tests.Machine.Virtio.Net;

/// <summary>A cable whose other end is the test.</summary>
internal sealed class FakePort : NetworkPort
{
    public Queue<byte[]> Incoming { get; } = new();

    public List<byte[]> Outgoing { get; } = [];

    public int Flushes { get; private set; }

    public bool IsListening { get; private set; }

    public bool IsFull { get; set; }

    public bool Up { get; set; } = true;

    public INetworkCard Card { get; private set; } = null!;

    public override bool IsUp => Up;

    public override void Open(INetworkCard card) => Card = card;

    public override int Receive(Span<byte> frame)
    {
        if (!Incoming.TryDequeue(out byte[]? next))
        {
            return 0;
        }

        next.CopyTo(frame);
        return next.Length;
    }

    public override bool TrySend(ReadOnlySpan<byte> frame)
    {
        if (!IsFull)
        {
            Outgoing.Add(frame.ToArray());
        }

        return !IsFull;
    }

    public override void Flush() => Flushes++;

    public override void Listen(bool isWanted) => IsListening = isWanted;

    protected override void Dispose(bool disposing)
    {
    }
}
