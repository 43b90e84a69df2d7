using KvmInterop.Native;
using Machine = System.Runtime.InteropServices.Architecture;

namespace KvmInterop.Tests.Runtime.Machines.Arm64;

/// <summary>Interrupts through a GICv3 on a real arm64 kernel.</summary>
public class Arm64GicTests
{
    // Registers of the GIC architecture (Arm IHI 0069, 12.1).
    private const uint DistributorType = 0x4;
    private const uint SetEnable = 0x100;
    private const uint Configuration = 0xc00;
    private const int VirtualTimer = 27;

    [SkippableFact]
    public void Line_ofASharedInterrupt_interruptsOnceEach()
    {
        using GicMachine machine = new();
        uint irq = Arm64Irq.Shared(GicMachine.FirstShared + 1);
        IInterruptLine line = machine.Vm.CreateIrqLine(irq);
        machine.OnReady = line.Pulse;
        machine.OnTaken = () =>
        {
            if (machine.Taken.Count < 3)
            {
                line.Pulse();
            }
        };

        machine.RunUntilTaken(3);

        Assert.Equal(Enumerable.Repeat(GicMachine.FirstShared + 1, 3), machine.Taken);
    }

    [SkippableFact]
    public void IrqFd_signalled_interruptsByTheDefaultRoute()
    {
        using GicMachine machine = new();
        using IrqFd irqFd = machine.Vm.CreateIrqFd(2);
        machine.OnReady = () => irqFd.Trigger.Signal();

        machine.RunUntilTaken(1);

        Assert.Equal([GicMachine.FirstShared + 2], machine.Taken);
        Assert.Equal((int)GicMachine.Interrupts - 32, machine.Vm.GsiRouting.Applied.Count);
    }

    [SkippableFact]
    public void LevelIrqFd_heldHigh_comesAgainAfterEachEndOfInterrupt()
    {
        const uint Level = 20; // Beyond the 16 that the guest makes edge-triggered.
        using EventLoop loop = new();
        loop.Start();
        using GicMachine machine = new();
        using IrqFd irqFd = machine.Vm.CreateLevelIrqFd(Level, loop);
        machine.OnReady = irqFd.Raise;
        machine.OnTaken = () =>
        {
            if (machine.Taken.Count == 3)
            {
                irqFd.Lower();
            }
        };

        machine.RunUntilTaken(3);

        Assert.Equal(Enumerable.Repeat(GicMachine.FirstShared + Level, 3), machine.Taken);
    }

    [SkippableFact]
    public void Routes_changedWhileTheGuestRuns_goTheNewWay()
    {
        using GicMachine machine = new();
        using IrqFd irqFd = machine.Vm.CreateIrqFd(2);
        machine.OnReady = () => irqFd.Trigger.Signal();
        machine.OnTaken = () =>
        {
            if (machine.Taken.Count == 1)
            {
                machine.Vm.GsiRouting.Set(new GsiRoute.IrqChip(2, 0, 5));
                machine.Vm.GsiRouting.Apply();
                irqFd.Trigger.Signal();
            }
        };

        machine.RunUntilTaken(2);

        Assert.Equal([GicMachine.FirstShared + 2, GicMachine.FirstShared + 5], machine.Taken);
    }

    [SkippableFact]
    public void Timer_ofTheGuest_interrupts()
    {
        using GicMachine machine = new(timer: 1_000);

        machine.RunUntilTaken(1);

        Assert.Equal([(uint)VirtualTimer], machine.Taken);
    }

    [SkippableFact]
    public void SetTimerInterrupts_movesTheTimer()
    {
        using GicMachine machine = new(timer: 1_000);
        machine.Machine.Vcpu.SetTimerInterrupts(virtualTimer: 20, physicalTimer: 21);

        machine.RunUntilTaken(1);

        Assert.Equal([20u], machine.Taken);
    }

    [SkippableFact]
    public void Registers_areReadAndSet()
    {
        using GicMachine machine = new();
        GicV3 gic = machine.Gic;

        uint lines = gic.GetDistributorRegister(DistributorType) & 0x1f;
        gic.SetDistributorRegister(SetEnable + 4, 1 << 3);
        gic.SetDistributorRegister(Configuration + 12, 0); // 48 to 63 are level-triggered.
        gic.SetRedistributorRegister(0, 0x10000 + SetEnable, 1 << VirtualTimer);
        machine.Vm.SetIrqLine(Arm64Irq.Shared(32 + 20), true);
        machine.Vm.SetIrqLine(Arm64Irq.Private(0, 25), true);

        Assert.Equal(GicMachine.Interrupts, 32 * (lines + 1));
        Assert.Equal(1u << 3, gic.GetDistributorRegister(SetEnable + 4));
        Assert.Equal(1u << VirtualTimer, gic.GetRedistributorRegister(0, 0x10000 + SetEnable) & 1u << 27);
        Assert.Equal(1u << 20, gic.GetLineLevels(0, 32));
        Assert.Equal(1u << 25, gic.GetLineLevels(0, 0) & 1u << 25);
        gic.SetLineLevels(0, 32, 0);
        Assert.Equal(0u, gic.GetLineLevels(0, 32));
        gic.SavePendingTables();
    }

    [SkippableFact]
    public void CpuRegisters_holdWhatTheGuestSet()
    {
        // ICC_IGRPEN1_EL1: Op0 3, Op1 0, CRn 12, CRm 12, Op2 7.
        const ushort Group1Enable = 3 << 14 | 12 << 7 | 12 << 3 | 7;
        using GicMachine machine = new();
        machine.RunUntilTaken(0);

        ulong value = machine.Gic.GetCpuRegister(0, Group1Enable);
        machine.Gic.SetCpuRegister(0, Group1Enable, 0);

        Assert.Equal(1ul, value);
        Assert.Equal(0ul, machine.Gic.GetCpuRegister(0, Group1Enable));
    }

    [SkippableFact]
    public void Gic_whatCannotBe_isRefused()
    {
        Requires.Architecture(Machine.Arm64);
        Requires.Kvm();
        using Kvm kvm = Kvm.Open();
        using Vm vm = kvm.CreateVm();
        GicRedistributorRegion[] regions = [new(GicMachine.Redistributor, 1)];
        Assert.Throws<ArgumentOutOfRangeException>(
            () => vm.CreateGicV3(GicMachine.Distributor, [new(GicMachine.Redistributor + 0x1000, 1)]));
        using Vm other = kvm.CreateVm();
        using GicV3 gic = other.CreateGicV3(GicMachine.Distributor, regions);

        KvmException second = Assert.Throws<KvmException>(
            () => other.CreateGicV3(GicMachine.Distributor, regions));

        Assert.Equal(("KVM_CREATE_DEVICE", "EEXIST"), (second.Operation, second.ErrnoName));
        Assert.Contains("has a device of this type", second.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Its_madeAfterTheGic_hasItsRegisters()
    {
        const ulong Address = 0x0808_0000;
        const uint CommandQueue = 0x80; // GITS_CBASER
        const ulong Valid = 1UL << 63;
        using GicMachine machine = new();
        using GicIts its = machine.Vm.CreateGicIts(Address);

        its.SetRegister(CommandQueue, Valid | Arm64Machine.Entry);
        Assert.Equal(Valid | Arm64Machine.Entry, its.GetRegister(CommandQueue) & (Valid | 0xf_0000));
        its.Reset();
        its.SaveTables();
        its.RestoreTables();

        Assert.Equal(0ul, its.GetRegister(CommandQueue));
        Assert.False(machine.Vm.SignalMsi(Address + 0x10040, 1, deviceId: 3)); // The guest has it off.
    }

    [SkippableFact]
    public void GicV2_isThereWhereHasDeviceSaysSo()
    {
        Requires.Architecture(Machine.Arm64);
        Requires.Kvm();
        using Kvm kvm = Kvm.Open();
        using Vm vm = kvm.CreateVm();
        if (!vm.HasDevice(KvmApi.KVM_DEV_TYPE_ARM_VGIC_V2))
        {
            KvmException e = Assert.Throws<KvmException>(() => vm.CreateGicV2(0x08000000, 0x08010000));
            Assert.Equal("ENODEV", e.ErrnoName);
            return;
        }

        using GicV2 gic = vm.CreateGicV2(0x08000000, 0x08010000, 64);
        using Vcpu vcpu = vm.CreateVcpu();
        vcpu.Initialize();
        gic.Initialize();
        gic.SetDistributorRegister(0, SetEnable + 4, 1 << 3);
        Assert.Equal(1u << 3, gic.GetDistributorRegister(0, SetEnable + 4));
        gic.SetCpuRegister(0, 0, 1);
        Assert.Equal(1u, gic.GetCpuRegister(0, 0) & 1);
    }

    [SkippableFact]
    public void Pmu_isInitializedWhereItIs()
    {
        Requires.Architecture(Machine.Arm64);
        Requires.Kvm();
        using Kvm kvm = Kvm.Open();
        using Vm vm = kvm.CreateVm();
        using GicV3 gic = vm.CreateGicV3(
            GicMachine.Distributor, [new GicRedistributorRegion(GicMachine.Redistributor, 1)]);
        using Vcpu vcpu = vm.CreateVcpu();
        bool hasPmu = vm.CheckExtension(KvmCapability.KVM_CAP_ARM_PMU_V3) > 0;
        vcpu.Initialize(hasPmu ? [KvmApi.KVM_ARM_VCPU_PMU_V3] : []);
        gic.Initialize();
        if (hasPmu)
        {
            vcpu.InitializePmu(23);
            Assert.Equal(
                23, vcpu.GetAttribute<int>(KvmApi.KVM_ARM_VCPU_PMU_V3_CTRL, KvmApi.KVM_ARM_VCPU_PMU_V3_IRQ));
        }
        else
        {
            Assert.Throws<KvmException>(() => vcpu.InitializePmu(23));
        }
    }

    [SkippableFact]
    public void Arm64Irq_putsTypeProcessorAndNumberTogether()
    {
        Requires.Architecture(Machine.Arm64);

        Assert.Equal(0x0100_0028u, Arm64Irq.Shared(40));
        Assert.Equal(0x0203_001bu, Arm64Irq.Private(3, 27));
        Assert.Equal(0x1205_0010u, Arm64Irq.Private(256 + 5, 16));
        Assert.Equal(0x0001_0001u, Arm64Irq.Processor(1, fast: true));
        Assert.Throws<ArgumentOutOfRangeException>(() => Arm64Irq.Shared(31));
        Assert.Throws<ArgumentOutOfRangeException>(() => Arm64Irq.Shared(1020));
        Assert.Throws<ArgumentOutOfRangeException>(() => Arm64Irq.Private(0, 32));
        Assert.Throws<ArgumentOutOfRangeException>(() => Arm64Irq.Private(4096, 16));
    }
}
