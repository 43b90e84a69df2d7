using System.Diagnostics;
using KvmInterop.Machine.Devices;
using KvmInterop.Tests.Benchmarks.Loops;

namespace KvmInterop.Tests.Benchmarks.Scale;

/// <summary>More and more vCPUs in one VM, each with its thread and its UART.</summary>
internal sealed class VcpuScale : IScaleProgram
{
    // As many as fill what the runtime and the C library set up once and for a few threads.
    private const int FirstOnes = 8;
    private static readonly TimeSpan UntilCompiled = TimeSpan.FromMilliseconds(500);

    private BenchMachine machine = new(SmallVm.MemorySize);
    private List<Vcpu> vcpus = [];
    private VcpuGroup group = new();
    private VcpuPause? pause;
    private double memoryBefore;

    public void WarmUp()
    {
        Prepare();
        Measure(FirstOnes);
        Thread.Sleep(UntilCompiled);
        Dispose();
        machine = new(SmallVm.MemorySize);
        vcpus = [];
        group = new();
        pause = null;
        Prepare();
        ProcessMemory.Settled();
        memoryBefore = ProcessMemory.Settled();
    }

    public double[] Measure(int count)
    {
        int made = count - vcpus.Count;
        long start = Stopwatch.GetTimestamp();
        while (vcpus.Count < count)
        {
            Add();
        }

        if (pause is null)
        {
            pause = group.RequestPause();
            group.Start();
        }

        pause.Wait();
        double creation = Stopwatch.GetElapsedTime(start).TotalMicroseconds / made;
        pause.Dispose();
        double exits = Exits.InSecond(vcpus);
        pause = group.Pause();
        double own = ProcessMemory.Settled() - memoryBefore;
        return [own / count, creation, exits];
    }

    public void Dispose()
    {
        group.Dispose();
        vcpus.ForEach(vcpu => vcpu.Dispose());
        machine.Dispose();
    }

    private void Prepare()
    {
        machine.Vm.Memory.Fill(0, SmallVm.MemorySize, 1);
        machine.Vm.Memory.Write(BenchMachine.Entry, ExitingGuest.Program);
    }

    private void Add()
    {
        // The machine's own is the one with id 0.
        Vcpu vcpu = vcpus.Count == 0 ? machine.Vcpu : machine.Vm.CreateVcpu((uint)vcpus.Count);
        BenchMachine.Begin(vcpu);
        RunLoop loop = new(vcpu);
        loop.Pio.Register(
            "serial", ExitingGuest.Serial, Serial16550.Size,
            new Serial16550(Nowhere.Instance, Nowhere.Instance));
        vcpus.Add(vcpu);
        group.Add(loop);
    }
}
