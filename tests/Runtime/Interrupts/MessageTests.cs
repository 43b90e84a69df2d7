using KvmInterop.Native;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Interrupts;

/// <summary>Message-signalled interrupts and routes, with the local APIC in the kernel.</summary>
public class MessageTests
{
    // Intel SDM volume 3, 10.11: the destination is APIC 0; fixed delivery, edge; bit 15 makes it a level.
    private const ulong Address = 0xfee00000;
    private const uint NmiDelivery = 4 << 8;
    private const uint LevelAsserted = 3 << 14;
    private const int Nmi = 2;

    [SkippableFact]
    public void SignalMsi_interruptsOrTellsThatNobodyTakesIt()
    {
        using InterruptMachine machine = new();
        machine.HandleApic(0x41);

        bool off = machine.Vm.SignalMsi(Address, 0x41);
        machine.EnableApic();
        bool on = machine.Vm.SignalMsi(Address, 0x41);
        machine.RunUntilTaken(1);

        Assert.False(off);
        Assert.True(on);
        Assert.Equal([0x41], machine.Taken);
    }

    [SkippableFact]
    public void SignalMsi_fromAnotherThread_sendsAnNmiToAHaltedGuest()
    {
        using InterruptMachine machine = new(halts: true, begin: guest => guest.nop());
        machine.Handle(Nmi, _ => { });
        machine.EnableApic();
        using ManualResetEventSlim idle = new();
        machine.OnIdle = idle.Set;
        machine.OnTaken = _ => machine.Machine.Loop.Stop();
        Thread other = new(() =>
        {
            idle.Wait();
            machine.Vm.SignalMsi(Address, NmiDelivery);
        });
        other.Start();

        machine.Run();

        other.Join();
        Assert.Equal([Nmi], machine.Taken);
    }

    [SkippableFact]
    public void RoutedMsi_reroutedWhileTheGuestRuns_goesTheNewWay()
    {
        using InterruptMachine machine = new();
        machine.HandleApic(0x41);
        machine.HandleApic(0x42);
        machine.EnableApic();
        GsiRoutingTable table = machine.Vm.GsiRouting;
        uint gsi = table.Allocate();
        table.AddMsiRoute(gsi, Address, 0x41);
        table.Apply();
        using IrqFd irqFd = machine.Vm.CreateIrqFd(gsi);
        machine.OnTaken = _ =>
        {
            if (machine.Taken.Count == 1)
            {
                table.Set(new GsiRoute.Msi(gsi, Address, 0x42));
                table.Apply();
                irqFd.Trigger.Signal();
            }
        };

        irqFd.Trigger.Signal();
        machine.RunUntilTaken(2);

        Assert.Equal([0x41, 0x42], machine.Taken);
        Assert.True(gsi >= KvmApi.KVM_IOAPIC_NUM_PINS);
    }

    [SkippableFact]
    public void SplitIrqChip_levelTriggeredMessage_exitsAtItsEnd()
    {
        using InterruptMachine machine = new(prepare: vm => vm.EnableSplitIrqChip());
        machine.HandleApic(0x45);
        machine.EnableApic();
        GsiRoutingTable table = machine.Vm.GsiRouting;
        table.AddMsiRoute(5, Address, 0x45 | LevelAsserted);
        table.Apply();
        List<int> ended = [];
        machine.Machine.Loop.On(KvmExitReason.KVM_EXIT_IOAPIC_EOI, (scoped in VcpuExit exit) =>
        {
            ended.Add(exit.IoapicEoi.vector);
            return ExitAction.Continue;
        });
        using IrqFd irqFd = machine.Vm.CreateIrqFd(5);

        irqFd.Trigger.Signal();
        machine.RunUntilTaken(1);

        Assert.Equal([0x45], machine.Taken);
        Assert.Equal([0x45], ended);
    }

    [SkippableFact]
    public void QueueNmi_isTakenWithInterruptsOff()
    {
        using InterruptMachine machine = new(prepare: _ => { }, begin: guest => guest.hlt());
        machine.Handle(Nmi, _ => { });
        machine.Machine.Vcpu.QueueNmi();

        Assert.Equal(new VcpuStop.Halted(), machine.Machine.Loop.Run());

        Assert.Equal([Nmi], machine.Taken);
    }

    [SkippableFact]
    public void QueueSmi_entersSystemManagementMode()
    {
        // Intel SDM volume 3, 32.4: the handler is at SMBASE + 0x8000, and SMBASE 0x30000 after a reset.
        const ulong Base = 0x30000;
        const byte InManagementMode = 0x99;
        using InterruptMachine machine = new(prepare: _ => { }, begin: guest => guest.hlt());
        const uint ManagementModeSpace = 1 << 16; // Bits 16 and up of a slot: the address space.
        GuestMemoryRegion region = machine.Vm.AddMemory(Base, 0x10000);
        machine.Machine.WriteCode(Base + 0x8000, guest =>
        {
            guest.mov(al, InManagementMode);
            guest.@out(0xe0, al);
            guest.rsm();
        });
        if (machine.Vm.CheckExtension(KvmCapability.KVM_CAP_X86_SMM) == 0)
        {
            Assert.Throws<KvmException>(machine.Machine.Vcpu.QueueSmi);
            return;
        }

        // A processor in this mode sees an address space of its own, whose slots the runtime leaves to others.
        kvm_userspace_memory_region slot = new()
        {
            slot = ManagementModeSpace,
            guest_phys_addr = Base,
            memory_size = region.Size,
            userspace_addr = Mappings.AddressOf(region),
        };
        Assert.Equal(0, machine.Vm.Fd.SetUserMemoryRegion(in slot));
        machine.Machine.Vcpu.QueueSmi();

        Assert.Equal(new VcpuStop.Halted(), machine.Machine.Loop.Run());
        Assert.Equal([InManagementMode], machine.Taken);
    }

    [SkippableFact]
    public void QueueInterrupt_atTheWindow_isTakenOnceEach()
    {
        using InterruptMachine machine = new(prepare: _ => { });
        machine.Handle(0x30, _ => { });
        RunLoop loop = machine.Machine.Loop;
        int queued = 0;
        loop.On(KvmExitReason.KVM_EXIT_IO, (scoped in VcpuExit exit) =>
        {
            // Idle, or one taken: ask to be told when the next can be.
            loop.Vcpu.WantsInterruptWindow = queued < 5;
            return ExitAction.Default;
        });
        loop.On(KvmExitReason.KVM_EXIT_IRQ_WINDOW_OPEN, (scoped in VcpuExit exit) =>
        {
            Assert.True(loop.Vcpu.IsReadyForInterrupt);
            loop.Vcpu.WantsInterruptWindow = false;
            queued++;
            loop.Vcpu.QueueInterrupt(0x30);
            return ExitAction.Continue;
        });

        machine.RunUntilTaken(5);

        Assert.Equal(Enumerable.Repeat(0x30, 5), machine.Taken);
    }
}
