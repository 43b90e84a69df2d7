using System.Runtime.InteropServices;
using KvmInterop.Machine.Virtio.Native;

namespace KvmInterop.Machine.Virtio.Rng;

/// <summary>A source of random bytes for the guest (virtio 1.2, section 5.4).</summary>
/// <remarks>They come from the host's <c>getrandom(2)</c>, or from a function of the caller's.</remarks>
public sealed class VirtioRng : VirtioDevice
{
    // More of one request is left unfilled, which 5.4.6.2 allows: nobody needs so much at once.
    private const uint MostForOneRequest = 64 * 1024;

    private readonly DescriptorChain chain;
    private readonly RandomSource source;

    /// <summary>Makes one, to be put behind a transport.</summary>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="loop">On whose thread it works.</param>
    /// <param name="source">Fills what it gets; null: the host.</param>
    public VirtioRng(GuestMemory memory, EventLoop loop, RandomSource? source = null)
        : base(VirtioDeviceType.Entropy, memory, loop, [64], features: 0, configurationSize: 0)
    {
        this.source = source ?? FromHost;
        chain = Queue(0).CreateChain();
    }

    /// <summary>Where random bytes come from.</summary>
    /// <param name="destination">To be filled completely.</param>
    public delegate void RandomSource(Span<byte> destination);

    /// <inheritdoc/>
    protected override void ProcessQueue(Virtqueue queue) => ServeRequests(queue, chain);

    /// <inheritdoc/>
    protected override uint Serve(Virtqueue queue, DescriptorChain request)
    {
        ArgumentNullException.ThrowIfNull(request);
        Span<byte> bytes = stackalloc byte[256];
        uint left = (uint)Math.Min(request.WritableLeft, MostForOneRequest);
        uint filled = 0;
        while (filled < left)
        {
            Span<byte> part = bytes[..(int)Math.Min((uint)bytes.Length, left - filled)];
            source(part);
            if (!request.TryWrite(part))
            {
                break;
            }

            filled += (uint)part.Length;
        }

        return filled;
    }

    private static void FromHost(Span<byte> destination)
    {
        if (VirtioLibc.GetRandom(destination, (nuint)destination.Length, 0) != destination.Length)
        {
            throw new IOException($"getrandom failed: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }
}
