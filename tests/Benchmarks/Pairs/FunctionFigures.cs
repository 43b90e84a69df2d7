using KvmInterop.Tests.Benchmarks.Functions;

namespace KvmInterop.Tests.Benchmarks.Pairs;

/// <summary>Functions by themselves, in nanoseconds for each call, and what they allocate.</summary>
internal static class FunctionFigures
{
    private const double PerGibibyte = (1L << 30) / (double)SnapshotBenchmarks.Size;

    public static IEnumerable<Pair> All() =>
    [
        OfKvm<ExitBenchmarks>("exit decoded, port", nameof(ExitBenchmarks.PortExit)),
        OfKvm<ExitBenchmarks>("exit decoded, MMIO", nameof(ExitBenchmarks.MmioExit)),
        .. Dispatch("dispatched to a port", nameof(DispatchBenchmarks.Ports)),
        .. Dispatch("dispatched to memory", nameof(DispatchBenchmarks.Memory)),
        Plain<SerialBenchmarks>("serial output, a byte", nameof(SerialBenchmarks.WriteByte)),
        Plain<MemoryBenchmarks>("guest memory, 8 bytes read", nameof(MemoryBenchmarks.ReadNumber)),
        Plain<MemoryBenchmarks>("guest memory, 8 bytes written", nameof(MemoryBenchmarks.WriteNumber)),
        Plain<MemoryBenchmarks>(
            "guest memory, 8 bytes read volatile", nameof(MemoryBenchmarks.ReadVolatileNumber)),
        Plain<MemoryBenchmarks>("guest memory, 4 KiB read", nameof(MemoryBenchmarks.ReadPage)),
        Plain<MemoryBenchmarks>("guest memory, 4 KiB written", nameof(MemoryBenchmarks.WritePage)),
        Plain<MemoryBenchmarks>("guest memory, 1 MiB read", nameof(MemoryBenchmarks.ReadMebibyte)),
        Plain<VirtqueueBenchmarks>("virtqueue round trip", nameof(VirtqueueBenchmarks.RoundTrip)),
        OfKvm<DirtyLogBenchmarks>(
            "dirty log of 4 GiB, 1 page dirty", nameof(DirtyLogBenchmarks.OnePage)),
        OfKvm<DirtyLogBenchmarks>(
            "dirty log of 4 GiB, 1,024 pages dirty", nameof(DirtyLogBenchmarks.ManyPages)),
        OfKvm<SnapshotBenchmarks>(
            "snapshot saved, 1 GiB", nameof(SnapshotBenchmarks.Save), PerGibibyte, slow: true),
        OfKvm<SnapshotBenchmarks>(
            "snapshot restored by reading, 1 GiB", nameof(SnapshotBenchmarks.Restore), PerGibibyte, slow: true),
        OfGenerator("x64, from nothing", nameof(GeneratorBenchmarks.OneFromNothing)),
        OfGenerator("seven architectures, from nothing", nameof(GeneratorBenchmarks.AllFromNothing)),
        OfGenerator(
            "seven architectures, after an edit elsewhere", nameof(GeneratorBenchmarks.EditElsewhere)),
        OfGenerator("seven architectures, after an edit of a model", nameof(GeneratorBenchmarks.EditModel)),
    ];

    private static FunctionFigure Plain<T>(string name, string method) =>
        new(name, typeof(T), method, AllocatesNothing: true);

    private static FunctionFigure OfKvm<T>(string name, string method, double share = 1, bool slow = false) =>
        new(
            name, typeof(T), method, AllocatesNothing: false, CompiledLoops.WithoutMachine, Share: share,
            Slow: slow);

    private static FunctionFigure OfGenerator(string name, string method) =>
        new($"generator, {name}", typeof(GeneratorBenchmarks), method, AllocatesNothing: false, Slow: true);

    private static IEnumerable<Pair> Dispatch(string name, string method) => DispatchBenchmarks.Counts
        .Select(devices => new FunctionFigure(
            $"{name}, one of {devices:#,0}", typeof(DispatchBenchmarks), method, AllocatesNothing: true,
            Parameter: devices));
}
