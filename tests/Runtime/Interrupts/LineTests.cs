using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Interrupts;

/// <summary>Interrupts by lines and irqfds, taken by a guest on the real KVM.</summary>
public class LineTests
{
    private const int Vector4 = InterruptMachine.FirstVector + 4;
    private const int Vector5 = InterruptMachine.FirstVector + 5;
    private const int Vector6 = InterruptMachine.FirstVector + 6;

    [SkippableFact]
    public void Line_pulsedByADevice_interruptsOnceEach()
    {
        using InterruptMachine machine = new();
        machine.HandlePic(Vector4);
        IInterruptLine line = machine.Vm.CreateIrqLine(4);
        int pulses = 0;
        machine.OnIdle = () =>
        {
            if (pulses == machine.Taken.Count && pulses < 5)
            {
                pulses++;
                line.Pulse();
            }
        };

        machine.RunUntilTaken(5);

        Assert.Equal(Enumerable.Repeat(Vector4, 5), machine.Taken);
    }

    [SkippableFact]
    public void Line_levelTriggered_interruptsUntilItIsLowered()
    {
        using InterruptMachine machine = new(levels: 1 << 5);
        machine.HandlePic(Vector5);
        IInterruptLine line = machine.Vm.CreateIrqLine(5);
        machine.OnTaken = _ =>
        {
            if (machine.Taken.Count == 3)
            {
                line.Lower();
            }
        };
        machine.OnReady = line.Raise;

        machine.RunUntilTaken(3);

        Assert.Equal([Vector5, Vector5, Vector5], machine.Taken);
    }

    [SkippableFact]
    public void SetIrqLineWithStatus_tellsWhatBecameOfIt()
    {
        using InterruptMachine machine = new(begin: guest =>
        {
            guest.mov(al, 1 << 6); // Masks line 6.
            guest.@out(0x21, al);
        });
        machine.HandlePic(Vector4);
        machine.OnIdle = machine.Machine.Loop.Stop;
        machine.Run();

        InterruptDelivery first = machine.Vm.SetIrqLineWithStatus(4, true);
        machine.Vm.SetIrqLine(4, false);
        InterruptDelivery second = machine.Vm.SetIrqLineWithStatus(4, true);
        InterruptDelivery masked = machine.Vm.SetIrqLineWithStatus(6, true);

        Assert.Equal(InterruptDelivery.Delivered, first);
        Assert.Equal(InterruptDelivery.Coalesced, second);
        Assert.Equal(InterruptDelivery.Ignored, masked);
    }

    [SkippableFact]
    public void IrqFd_signalledByAnotherThread_wakesTheHaltedGuest()
    {
        const int Interrupts = 20;
        using InterruptMachine machine = new(halts: true);
        machine.HandlePic(Vector4);
        using IrqFd irqFd = machine.Vm.CreateIrqFd(4);
        using SemaphoreSlim idle = new(0);
        machine.OnIdle = () =>
        {
            if (machine.Taken.Count == Interrupts)
            {
                machine.Machine.Loop.Stop();
            }

            idle.Release();
        };
        Thread other = new(() =>
        {
            for (int i = 0; i < Interrupts; i++)
            {
                idle.Wait();
                irqFd.Trigger.Signal();
            }
        });
        other.Start();

        machine.Run();

        other.Join();
        Assert.Equal(Enumerable.Repeat(Vector4, Interrupts), machine.Taken);
    }

    [SkippableFact]
    public void IrqFd_disposed_interruptsNoMore()
    {
        using InterruptMachine machine = new();
        machine.HandlePic(Vector4);
        machine.HandlePic(Vector5);
        using EventFd trigger = new();
        IrqFd first = machine.Vm.CreateIrqFd(4, trigger);
        machine.OnReady = () => trigger.Signal();
        machine.RunUntilTaken(1);

        first.Dispose();
        trigger.Signal();
        using IrqFd second = machine.Vm.CreateIrqFd(5, trigger); // What is counted already counts at once.
        machine.RunUntilTaken(2);

        Assert.Equal([Vector4, Vector5], machine.Taken);
    }

    [SkippableFact]
    public void LevelIrqFd_heldHigh_comesAgainAfterEachEndOfInterrupt()
    {
        using EventLoop loop = new();
        Task run = loop.Start();
        using (InterruptMachine machine = new(levels: 1 << 5))
        {
            machine.HandlePic(Vector5);
            using IrqFd irqFd = machine.Vm.CreateLevelIrqFd(5, loop);
            machine.OnTaken = _ =>
            {
                if (machine.Taken.Count == 4)
                {
                    irqFd.Lower();
                }
            };
            machine.OnReady = irqFd.Raise;

            machine.RunUntilTaken(4);

            Assert.Equal(Enumerable.Repeat(Vector5, 4), machine.Taken);
        }

        loop.Stop();
        Assert.True(run.Wait(TimeSpan.FromSeconds(60)));
    }

    [SkippableFact]
    public void Resample_isSignalledByTheEndOfInterrupt()
    {
        using InterruptMachine machine = new(levels: 1 << 5);
        machine.HandlePic(Vector5);
        using EventFd trigger = new();
        using EventFd resample = new();
        using IrqFd irqFd = machine.Vm.CreateIrqFd(5, trigger, resample);
        bool signalledBefore = true;
        machine.OnTaken = _ => signalledBefore = resample.TryTake(out ulong _);

        machine.OnReady = () => trigger.Signal();

        machine.RunUntilTaken(1);

        Assert.False(signalledBefore);
        Assert.True(resample.TryTake(out ulong count));
        Assert.Equal(1ul, count);
        Assert.Equal([Vector5], machine.Taken); // KVM lowered the line, and nobody raised it again.
    }

    [SkippableFact]
    public void Pit_programmed_ticks()
    {
        using InterruptMachine machine = new(
            prepare: vm =>
            {
                vm.CreateIrqChip();
                vm.CreatePit();
            },
            begin: guest =>
            {
                guest.mov(al, 0x34); // Channel 0, both bytes, mode 2: a pulse every 0x1000 / 1.19 MHz.
                guest.@out(0x43, al);
                guest.mov(al, 0);
                guest.@out(0x40, al);
                guest.mov(al, 0x10);
                guest.@out(0x40, al);
            });
        machine.HandlePic(InterruptMachine.FirstVector);

        machine.RunUntilTaken(3);

        Assert.All(machine.Taken, vector => Assert.Equal(InterruptMachine.FirstVector, vector));
    }

    [SkippableFact]
    public void IrqLine_setToWhatItIs_doesNotCallTheKernel()
    {
        Requires.Architecture(System.Runtime.InteropServices.Architecture.X64);
        Requires.Kvm();
        using Kvm kvm = Kvm.Open();
        Vm vm = kvm.CreateVm();
        vm.CreateIrqChip();
        IInterruptLine line = vm.CreateIrqLine(Vector6);
        line.Lower(); // The first is told: a restored VM may have it high.
        vm.Dispose();

        line.Lower();

        Assert.Throws<ObjectDisposedException>(line.Raise);
    }
}
