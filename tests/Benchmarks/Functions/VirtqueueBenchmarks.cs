using BenchmarkDotNet.Attributes;
using KvmInterop.Tests.Benchmarks.Loops;

namespace KvmInterop.Tests.Benchmarks.Functions;

/// <summary>A request to a virtio device and its answer: the bell's eventfd, the loop, both rings.</summary>
public class VirtqueueBenchmarks
{
    private const int Length = 64;

    private VirtioRig rig = null!;

    [GlobalSetup]
    public void SetUp()
    {
        rig = VirtioRig.Start();
        Check.That(rig.RoundTrip(Length) == Length, "a round trip");
    }

    [GlobalCleanup]
    public void CleanUp() => rig.Dispose();

    [Benchmark]
    public uint RoundTrip() => rig.RoundTrip(Length);
}
