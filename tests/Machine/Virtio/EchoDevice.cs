using KvmInterop.Machine.Virtio;

namespace KvmInterop.Tests.Machine.Virtio;

/// <summary>Writes what it reads, inverted: the smallest device that uses all of a chain.</summary>
internal sealed class EchoDevice : VirtioDevice
{
    public const ulong Feature = 1;

    private readonly DescriptorChain chain;

    public EchoDevice(GuestMemory memory, EventLoop loop, int queueSize = 16)
        : base(VirtioDeviceType.Entropy, memory, loop, [queueSize], Feature, configurationSize: 8)
    {
        chain = Queue(0).CreateChain();
        SetConfiguration(0, [1, 2, 3, 4, 5, 6, 7, 8]);
    }

    /// <summary>Called with each chain, before it is served.</summary>
    public Action? OnChain { get; set; }

    public int Served { get; private set; }

    public int Starts { get; private set; }

    public int Resets { get; private set; }

    public (int Offset, byte[] Data)? Configured { get; private set; }

    public void ChangeConfiguration(int offset, params ReadOnlySpan<byte> data) =>
        SetConfiguration(offset, data, isNews: true);

    protected override void ProcessQueue(Virtqueue queue) => ServeRequests(queue, chain);

    protected override void OnStart() => Starts++;

    protected override void OnReset() => Resets++;

    protected override void OnConfigurationWritten(int offset, ReadOnlySpan<byte> data) =>
        Configured = (offset, data.ToArray());

    protected override uint Serve(Virtqueue queue, DescriptorChain request)
    {
        OnChain?.Invoke();
        Served++;
        Span<byte> one = stackalloc byte[7];
        while (Math.Min(request.ReadableLeft, request.WritableLeft) is > 0 and var left)
        {
            Span<byte> part = one[..(int)Math.Min(left, (ulong)one.Length)];
            if (!request.TryRead(part))
            {
                break;
            }

            foreach (ref byte each in part)
            {
                each = (byte)~each;
            }

            request.TryWrite(part);
        }

        return request.Written;
    }
}
