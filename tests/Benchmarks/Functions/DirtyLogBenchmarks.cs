using BenchmarkDotNet.Attributes;
using KvmInterop.Tests.Benchmarks.Loops;

namespace KvmInterop.Tests.Benchmarks.Functions;

/// <summary>What was written of 4 GiB is taken from KVM and looked through.</summary>
public class DirtyLogBenchmarks
{
    private const ulong Size = 4UL << 30;
    private const ulong ManyStep = Size / 1024;

    private Vm vm = null!;
    private DirtyTracker tracker = null!;
    private ulong value;

    [GlobalSetup]
    public void SetUp()
    {
        vm = BenchMachine.Kvm.CreateVm();
        vm.AddMemory(0, Size);
        tracker = vm.TrackDirtyPages();
        tracker.Harvest();
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        tracker.Dispose();
        vm.Dispose();
    }

    [Benchmark]
    public ulong OnePage()
    {
        vm.Memory.Write(Size / 2, ++value);
        return Harvest(pages: 1);
    }

    [Benchmark]
    public ulong ManyPages()
    {
        for (ulong address = 0; address < Size; address += ManyStep)
        {
            vm.Memory.Write(address, ++value);
        }

        return Harvest(pages: Size / ManyStep);
    }

    private ulong Harvest(ulong pages)
    {
        ulong size = tracker.Harvest().Size;
        Check.That(size == pages * (ulong)Environment.SystemPageSize, "a harvest of dirty pages");
        return size;
    }
}
