using BenchmarkDotNet.Attributes;
using KvmInterop.Tests.Benchmarks.Loops;

namespace KvmInterop.Tests.Benchmarks.Functions;

/// <summary>An access to one of so many devices on a bus, chosen at random.</summary>
public class DispatchBenchmarks
{
    private const int Accesses = 1024;

    private PioDispatchLoop ports = null!;
    private MmioDispatchLoop memory = null!;

    public static IEnumerable<int> Counts { get; } = [1, 10, 100, 1000];

    [ParamsSource(nameof(Counts))]
    public int Devices { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        ports = new PioDispatchLoop(Devices);
        memory = new MmioDispatchLoop(Devices);
    }

    [Benchmark(OperationsPerInvoke = Accesses)]
    public void Ports() => ports.Run(Accesses);

    [Benchmark(OperationsPerInvoke = Accesses)]
    public void Memory() => memory.Run(Accesses);
}
