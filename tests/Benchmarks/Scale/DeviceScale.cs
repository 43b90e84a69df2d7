using KvmInterop.Tests.Benchmarks.Loops;

namespace KvmInterop.Tests.Benchmarks.Scale;

/// <summary>More and more devices on a bus. Times are the processor's.</summary>
internal sealed class DeviceScale : IScaleProgram
{
    private const int Accesses = 200_000;
    private const int Turns = 9;
    private const int Size = 8;
    private const double Micro = 1000;
    private const ulong Stride = 0x2000;

    // Code is compiled for good after some calls, in the background.
    private const int WarmUpTurns = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    public void WarmUp()
    {
        PioDispatchLoop ports = new(10);
        MmioDispatchLoop mapped = new(10);
        for (int i = 0; i < WarmUpTurns; i++)
        {
            ports.Run(Accesses / 10);
            mapped.Run(Accesses / 10);
            Measure(10, FillPorts);
            Measure(10, FillMapped);
            Thread.Sleep(Pause);
        }
    }

    public double[] Measure(int count)
    {
        double portAccess = MeasureAccess(new PioDispatchLoop(count));
        double mappedAccess = MeasureAccess(new MmioDispatchLoop(count));
        (double portTime, double portBytes) = MeasureMedian(count, FillPorts);
        (double mappedTime, double mappedBytes) = MeasureMedian(count, FillMapped);
        return [portAccess, mappedAccess, portTime, mappedTime, portBytes, mappedBytes];
    }

    public void Dispose()
    {
    }

    private static double MeasureAccess(ILoop loop)
    {
        loop.Run(Accesses);
        return new Series(Enumerable.Range(0, Turns).Select(_ =>
        {
            long start = ThreadClock.Nanoseconds;
            loop.Run(Accesses);
            return (double)(ThreadClock.Nanoseconds - start) / Accesses;
        })).Median;
    }

    private static (double Time, double Bytes) MeasureMedian(int count, Func<IBusDevice[], Bus> fill)
    {
        (double Time, double Bytes)[] turns =
            [.. Enumerable.Range(0, Turns).Select(_ => Measure(count, fill))];
        return (
            new Series(turns.Select(turn => turn.Time)).Median,
            new Series(turns.Select(turn => turn.Bytes)).Median);
    }

    // The devices themselves are there before: what the bus takes for them is measured.
    private static (double Time, double Bytes) Measure(int count, Func<IBusDevice[], Bus> fill)
    {
        IBusDevice[] devices = [.. Enumerable.Range(0, count).Select(Accumulators.OfKind)];
        long before = GC.GetTotalMemory(forceFullCollection: true);
        long start = ThreadClock.Nanoseconds;
        Bus bus = fill(devices);
        double time = (ThreadClock.Nanoseconds - start) / Micro / count;
        double bytes = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / count;
        GC.KeepAlive(bus);
        GC.KeepAlive(devices);
        return (time, bytes);
    }

    private static PioBus FillPorts(IBusDevice[] devices)
    {
        PioBus bus = new();
        for (int i = 0; i < devices.Length; i++)
        {
            bus.Register("device", (ushort)(i * Size), Size, devices[i]);
        }

        return bus;
    }

    private static MmioBus FillMapped(IBusDevice[] devices)
    {
        MmioBus bus = new();
        for (int i = 0; i < devices.Length; i++)
        {
            bus.Register("device", (ulong)i * Stride, Stride / 2, devices[i]);
        }

        return bus;
    }
}
