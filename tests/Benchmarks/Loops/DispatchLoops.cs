namespace KvmInterop.Tests.Benchmarks.Loops;

/// <summary>Accesses at random devices of a bus, a read and a write in turn.</summary>
internal sealed class PioDispatchLoop : ILoop
{
    private readonly PioBus bus = new();
    private readonly ushort[] ports;

    public PioDispatchLoop(int devices)
    {
        for (int i = 0; i < devices; i++)
        {
            bus.Register($"device {i}", (ushort)(i * 8), 8, Accumulators.OfKind(i));
        }

        Heap.Settle();
        ports = [.. Choice.Of(devices).Select(device => (ushort)((device * 8) + 4))];
    }

    public void Run(long count)
    {
        Span<byte> data = [1, 2, 3, 4];
        for (long i = 0; i < count; i += 2)
        {
            bus.Read(ports[(int)i & Choice.Mask], data);
            bus.Write(ports[((int)i + 1) & Choice.Mask], data);
        }
    }
}

/// <summary>The same on memory-mapped ranges.</summary>
internal sealed class MmioDispatchLoop : ILoop
{
    private const ulong Stride = 0x2000;

    private readonly MmioBus bus = new();
    private readonly ulong[] addresses;

    public MmioDispatchLoop(int devices)
    {
        for (int i = 0; i < devices; i++)
        {
            bus.Register($"device {i}", (ulong)i * Stride, 0x1000, Accumulators.OfKind(i));
        }

        Heap.Settle();
        addresses = [.. Choice.Of(devices).Select(device => (device * Stride) + 8)];
    }

    public void Run(long count)
    {
        Span<byte> data = [1, 2, 3, 4];
        for (long i = 0; i < count; i += 2)
        {
            bus.Read(addresses[(int)i & Choice.Mask], data);
            bus.Write(addresses[((int)i + 1) & Choice.Mask], data);
        }
    }
}

/// <summary>The same random devices on both sides.</summary>
internal static class Choice
{
    /// <summary>Cuts a number to those that there are: 4096.</summary>
    public const int Mask = 4095;

    public static IEnumerable<uint> Of(int devices)
    {
        uint random = 1;
        for (int i = 0; i <= Mask; i++)
        {
            random = unchecked((random * 1664525) + 1013904223);
            yield return (random >> 16) % (uint)devices;
        }
    }
}

internal static class Heap
{
    /// <summary>
    /// Takes out what setting up has left between the devices, as has happened in a program that has run for
    /// a while. Without it each of 1,000 devices is on a page of its own, and the processor looks up pages.
    /// </summary>
    public static void Settle() =>
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
}
