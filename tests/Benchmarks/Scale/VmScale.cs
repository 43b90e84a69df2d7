using System.Diagnostics;

namespace KvmInterop.Tests.Benchmarks.Scale;

/// <summary>More and more small VMs: as they are made, or with threads and after a run of all.</summary>
internal sealed class VmScale(bool isRun) : IScaleProgram
{
    private const double Kibi = 1024;

    // As many as fill what the runtime and the C library set up once and for a few threads.
    private const int FirstOnes = 16;
    private static readonly TimeSpan UntilCompiled = TimeSpan.FromMilliseconds(500);

    private readonly List<SmallVm> vms = [];
    private readonly List<VcpuPause> pauses = [];
    private double memoryBefore;
    private double managedBefore;

    public void WarmUp()
    {
        Measure(FirstOnes);
        Thread.Sleep(UntilCompiled);
        vms.ForEach(vm => vm.Dispose());
        vms.Clear();
        pauses.Clear();
        ProcessMemory.Settled();
        memoryBefore = ProcessMemory.Settled();
        managedBefore = ProcessMemory.Managed();
    }

    public double[] Measure(int count)
    {
        int made = count - vms.Count;
        long start = Stopwatch.GetTimestamp();
        while (vms.Count < count)
        {
            vms.Add(new SmallVm());
        }

        double rate = made / Stopwatch.GetElapsedTime(start).TotalSeconds;
        double exits = isRun ? RunAll() : double.NaN;
        double own = ProcessMemory.Settled() - memoryBefore - (count * (SmallVm.MemorySize / Kibi));
        double managed = ProcessMemory.Managed() - managedBefore;
        return isRun
            ? [own / count, exits]
            : [own / count, managed / count, rate];
    }

    public void Dispose() => vms.ForEach(vm => vm.Dispose());

    // Each has its thread for good; before and after it waits in a pause.
    private double RunAll()
    {
        pauses.AddRange(vms.Where(vm => vm.Group is null).Select(vm => vm.MakeThread()));
        pauses.ForEach(pause => pause.Dispose());
        double exits = Exits.InSecond(vms.Select(vm => vm.Vcpu));
        pauses.Clear();
        pauses.AddRange(vms.Select(vm => vm.Group!.RequestPause()));
        pauses.ForEach(pause => pause.Wait());
        return exits;
    }
}
