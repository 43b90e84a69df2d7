using KvmInterop.Native;
using KvmInterop.Native.X64;

#pragma warning disable CA1001 // The barriers live as long as the process, with the threads that wait at them.

namespace KvmInterop.Tests.Benchmarks.Loops;

/// <summary>
/// Several vCPUs of one VM at once, each with a thread and a device of its own on the bus that they share, as
/// <c>C/at_once.c</c> has them.
/// </summary>
internal sealed class AtOnceLoop : ILoop
{
    private const ushort FirstPort = 0x40;
    private const ushort PortsOfEach = 4;
    private const ulong MemorySize = 0x10000;

    private readonly PioBus pio = new();
    private readonly MmioBus mmio = new();
    private readonly Side[] sides;
    private readonly Barrier begin;
    private readonly Barrier end;
    private long exitsOfEach;

    public AtOnceLoop(int count)
    {
        // Never disposed: it lives as long as the process.
        BenchMachine machine = new(MemorySize);

        // again: out dx, al; jmp again
        machine.Vm.Memory.Write(BenchMachine.Entry, [0xee, 0xeb, 0xfd]);
        begin = new Barrier(count);
        end = new Barrier(count);
        sides = new Side[count];
        for (int i = 0; i < count; i++)
        {
            ushort port = (ushort)(FirstPort + (i * PortsOfEach));
            pio.Register($"device {i}", port, PortsOfEach, Accumulators.OfKind(i));
            sides[i] = new Side(i == 0 ? machine.Vcpu : machine.Vm.CreateVcpu((uint)i), port, pio, mmio);
        }

        foreach (Side side in sides[1..])
        {
            new Thread(() => Serve(side)) { IsBackground = true }.Start();
        }
    }

    /// <summary>So many exits of all together. This thread runs the first vCPU.</summary>
    public void Run(long count)
    {
        exitsOfEach = count / sides.Length;
        begin.SignalAndWait();
        sides[0].Run(exitsOfEach);
        end.SignalAndWait();
    }

    private void Serve(Side side)
    {
        while (true)
        {
            begin.SignalAndWait();
            side.Run(exitsOfEach);
            end.SignalAndWait();
        }
    }

    /// <summary>A vCPU that takes so many exits to its device.</summary>
    private sealed class Side
    {
        private readonly RunLoop loop;
        private long left;

        public Side(Vcpu vcpu, ushort port, PioBus pio, MmioBus mmio)
        {
            BenchMachine.Begin(vcpu);
            kvm_regs registers = vcpu.GetRegisters();
            registers.rdx = port;
            vcpu.SetRegisters(in registers);
            loop = new RunLoop(vcpu, pio, mmio);
            loop.On(KvmExitReason.KVM_EXIT_IO, Count);
        }

        public void Run(long exits)
        {
            left = exits;
            Check.That(loop.Run() is VcpuStop.Requested, "a run of one of several vCPUs");
        }

        private ExitAction Count(scoped in VcpuExit exit)
        {
            if (--left == 0)
            {
                loop.Stop();
            }

            return ExitAction.Default;
        }
    }
}
