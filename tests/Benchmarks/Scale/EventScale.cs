using System.Diagnostics;
using KvmInterop.Native;
using KvmInterop.Tests.Benchmarks.Loops;

namespace KvmInterop.Tests.Benchmarks.Scale;

/// <summary>More and more irqfds of one VM, and ioeventfds of another.</summary>
internal sealed class EventScale : IScaleProgram
{
    private const int Signals = 1_000;
    private const int Passes = 4;
    private const int Turns = 5;
    private const byte ExitPort = 0x40;
    private const ushort FirstPort = 0x1000;

    // Fixed delivery of vector 0x40 to the local APIC with id 0 (Intel SDM, volume 3, 13.11).
    private const ulong MessageAddress = 0xfee00000;
    private const uint Message = 0x40;

    private readonly Vm interrupted = BenchMachine.Kvm.CreateVm();
    private readonly Vcpu target;
    private readonly List<IrqFd> irqFds = [];
    private readonly BenchMachine machine = new(SmallVm.MemorySize);
    private readonly List<IoEventFd> ioEventFds = [];

    public EventScale()
    {
        interrupted.CreateIrqChip();
        target = interrupted.CreateVcpu();
        interrupted.AddMemory(0, SmallVm.MemorySize);
    }

    public void WarmUp()
    {
        for (int i = 0; i < Turns; i++)
        {
            Measure(irqFds.Count + 1);
        }

        irqFds.ForEach(irqFd => irqFd.Dispose());
        irqFds.Clear();
        ioEventFds.ForEach(ioEventFd => ioEventFd.Dispose());
        ioEventFds.Clear();
        interrupted.GsiRouting.SetDefaults();
        interrupted.GsiRouting.Apply();
    }

    public double[] Measure(int count)
    {
        double irqFdMade = Make(irqFds, count, MakeIrqFds);
        double ioEventFdMade = Make(ioEventFds, count, MakeIoEventFds);
        return [irqFdMade, ioEventFdMade, MeasureMedian(Signal), MeasureMedian(RunGuest)];
    }

    public void Dispose()
    {
        irqFds.ForEach(irqFd => irqFd.Dispose());
        ioEventFds.ForEach(ioEventFd => ioEventFd.Dispose());
        target.Dispose();
        interrupted.Dispose();
        machine.Dispose();
    }

    private static double Make<T>(List<T> made, int count, Action<int> make)
    {
        int before = made.Count;
        long start = Stopwatch.GetTimestamp();
        make(count);
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / (count - before);
    }

    private static double MeasureMedian(Func<double> measure) =>
        new Series(Enumerable.Range(0, Turns).Select(_ => measure())).Median;

    // One table of routes for all, as a machine with that many interrupts sets it up.
    private void MakeIrqFds(int count)
    {
        List<uint> numbers = [];
        while (irqFds.Count + numbers.Count < count)
        {
            uint gsi = interrupted.GsiRouting.Allocate();
            interrupted.GsiRouting.AddMsiRoute(gsi, MessageAddress, Message);
            numbers.Add(gsi);
        }

        interrupted.GsiRouting.Apply();
        irqFds.AddRange(numbers.Select(interrupted.CreateIrqFd));
    }

    private void MakeIoEventFds(int count)
    {
        while (ioEventFds.Count < count)
        {
            ioEventFds.Add(machine.Vm.CreateIoEventFd(
                IoEventSpace.Pio, (ulong)(FirstPort + ioEventFds.Count), sizeof(byte)));
        }
    }

    private double Signal()
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Signals; i++)
        {
            irqFds[i % irqFds.Count].Trigger.Signal();
        }

        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / Signals;
    }

    // mov dx, PORT of the middle one; 256 times out dx, al; out EXIT, al: so little of a pass is the exit.
    private double RunGuest()
    {
        const int Writes = 256;
        int port = FirstPort + (ioEventFds.Count / 2);
        byte[] program =
        [
            0xba, (byte)port, (byte)(port >> 8), .. Enumerable.Repeat((byte)0xee, Writes), 0xe6, ExitPort,
        ];
        machine.Vm.Memory.Write(BenchMachine.Entry, program);
        double time = 0;
        for (int pass = 0; pass < Passes; pass++)
        {
            machine.Begin();
            long start = Stopwatch.GetTimestamp();
            using (VcpuRunScope scope = machine.Vcpu.BeginRun())
            {
                Check.That(scope.Run().Reason == KvmExitReason.KVM_EXIT_IO, "a run to the exit");
            }

            time += Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        return time / Passes / Writes;
    }
}
