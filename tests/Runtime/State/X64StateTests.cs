using KvmInterop.Native;
using KvmInterop.Native.X64;

namespace KvmInterop.Tests.Runtime.State;

/// <summary>What is set of an x86 vCPU's state is read back, on the real KVM.</summary>
public class X64StateTests
{
    // Offsets in the local APIC's page (Intel SDM volume 3, table 11-1).
    private const int TaskPriority = 0x80;
    private const int TimerEntry = 0x320;
    private const uint Masked = 1 << 16;

    [SkippableFact]
    public void Fpu_set_isReadBackThereAndInXsave()
    {
        using X64Machine machine = new();
        XsaveArea inUse = machine.Vcpu.GetXsave();
        inUse.PresentComponents |= 0b11;
        machine.Vcpu.SetXsave(inUse);
        kvm_fpu fpu = machine.Vcpu.GetFpu();
        ((Span<byte>)fpu.xmm)[..16].Fill(0xa5);
        fpu.fcw = 0x27f;

        machine.Vcpu.SetFpu(in fpu);

        kvm_fpu read = machine.Vcpu.GetFpu();
        XsaveArea area = machine.Vcpu.GetXsave();
        Assert.Equal(0x27f, read.fcw);
        Assert.Equal(((Span<byte>)fpu.xmm)[..16], ((Span<byte>)read.xmm)[..16]);

        // XMM0 is at 160 of the legacy region (Intel SDM volume 1, table 10-2).
        Assert.Equal(((Span<byte>)fpu.xmm)[..16], area.Bytes.Slice(160, 16));
    }

    [SkippableFact]
    public void Xsave_set_isReadBack()
    {
        using X64Machine machine = new();
        XsaveArea area = machine.Vcpu.GetXsave();
        area.Bytes.Slice(160, 32).Fill(0x5a);
        area.PresentComponents |= 0b11;

        machine.Vcpu.SetXsave(area);

        XsaveArea read = machine.Vcpu.GetXsave();
        Assert.Equal(area.Bytes.Slice(160, 32), read.Bytes.Slice(160, 32));
        Assert.Equal(0b10ul, read.PresentComponents & 0b10);
    }

    [SkippableFact]
    public void Xsave_ofTheVm_hasTheSizeThatKvmSays()
    {
        using X64Machine machine = new();

        int size = machine.Vm.CheckExtension(KvmCapability.KVM_CAP_XSAVE2);

        Assert.Equal(Math.Max(size, XsaveArea.LeastSize), machine.Vcpu.GetXsave().Size);
    }

    [SkippableFact]
    public void Xsave_ofAnotherSize_isRefused()
    {
        using X64Machine machine = new();
        XsaveArea larger = new(machine.Vcpu.GetXsave().Size + 64);

        ArgumentException e = Assert.Throws<ArgumentException>(() => machine.Vcpu.SetXsave(larger));

        Assert.StartsWith(
            $"the XSAVE area has {larger.Size} bytes and this VM's has {larger.Size - 64}", e.Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new XsaveArea(100));
    }

    [SkippableFact]
    public void ExtendedControlRegisters_set_areReadBack()
    {
        using X64Machine machine = new();
        kvm_xcrs registers = machine.Vcpu.GetExtendedControlRegisters();
        Assert.True(registers.nr_xcrs >= 1);
        registers.xcrs[0].value = 0b11;

        machine.Vcpu.SetExtendedControlRegisters(in registers);

        Assert.Equal(0b11ul, machine.Vcpu.GetExtendedControlRegisters().xcrs[0].value);
    }

    [SkippableFact]
    public void DebugRegisters_set_areReadBack()
    {
        using X64Machine machine = new();
        kvm_debugregs registers = machine.Vcpu.GetDebugRegisters();
        registers.db[2] = 0x1234;

        machine.Vcpu.SetDebugRegisters(in registers);

        Assert.Equal(0x1234ul, machine.Vcpu.GetDebugRegisters().db[2]);
    }

    [SkippableFact]
    public void SpecialRegisters2_set_areReadBackByBothForms()
    {
        using X64Machine machine = new();
        kvm_sregs2 registers = machine.Vcpu.GetSpecialRegisters2();
        registers.gdt.@base = 0x7000;
        registers.cr2 = 0xdead;

        machine.Vcpu.SetSpecialRegisters2(in registers);

        Assert.Equal(0x7000ul, machine.Vcpu.GetSpecialRegisters2().gdt.@base);
        Assert.Equal(0xdeadul, machine.Vcpu.GetSpecialRegisters().cr2);
    }

    [SkippableFact]
    public void Lapic_registerChanged_isReadBack()
    {
        using X64Machine machine = new();
        kvm_lapic_state state = machine.Vcpu.GetLapic();
        LapicRegisters.Write(ref state, TaskPriority, 0x20);
        LapicRegisters.Write(ref state, TimerEntry, Masked | 0x40);

        machine.Vcpu.SetLapic(in state);

        kvm_lapic_state read = machine.Vcpu.GetLapic();
        Assert.Equal(0x20u, LapicRegisters.Read(in read, TaskPriority));
        Assert.Equal(Masked | 0x40, LapicRegisters.Read(in read, TimerEntry));
        Assert.Throws<ArgumentOutOfRangeException>(() => LapicRegisters.Read(in read, 0x81));
        Assert.Throws<ArgumentOutOfRangeException>(() => LapicRegisters.Read(in read, 0x400));
    }

    [SkippableFact]
    public void Lapic_withoutChipsInTheKernel_isRefused()
    {
        using X64Machine machine = new(hasChips: false);

        Assert.Equal("EINVAL", Assert.Throws<KvmException>(() => machine.Vcpu.GetLapic()).ErrnoName);
        Assert.Equal(
            "ENXIO",
            Assert.Throws<KvmException>(() => machine.Vm.GetIrqchip(KvmApi.KVM_IRQCHIP_IOAPIC)).ErrnoName);
        Assert.Equal("ENXIO", Assert.Throws<KvmException>(() => machine.Vm.GetPit()).ErrnoName);
    }

    [SkippableFact]
    public void Events_set_areReadBack()
    {
        using X64Machine machine = new();
        kvm_vcpu_events events = machine.Vcpu.GetEvents();
        events.nmi.masked = 1;
        events.interrupt.shadow = 0;
        events.flags = KvmApi.KVM_VCPUEVENT_VALID_SHADOW;

        machine.Vcpu.SetEvents(in events);

        Assert.Equal(1, machine.Vcpu.GetEvents().nmi.masked);
    }

    [SkippableFact]
    public void Tsc_frequencyAndOffset_areReadBack()
    {
        const ulong Offset = unchecked(0ul - 1000);
        using X64Machine machine = new();

        machine.Vcpu.SetTscKhz(machine.Vcpu.GetTscKhz());
        machine.Vcpu.SetTscOffset(Offset);

        // A KVM that emulates the guest's instructions takes the offset, and keeps none; without a
        // stable TSC on the host it moves with each entry.
        Assert.True(machine.Vcpu.GetTscKhz() > 0);
        ulong offset = machine.Vcpu.GetTscOffset();
        Assert.True(offset is Offset or 0 || !IsTscStable());
    }

    [SkippableFact]
    public void NestedState_whereThereIsNone_isNull()
    {
        using X64Machine machine = new();
        bool isOffered = machine.Vm.CheckExtension(KvmCapability.KVM_CAP_NESTED_STATE) != 0;

        KvmBuffer<kvm_nested_state, byte>? state = machine.Vcpu.GetNestedState();

        Assert.Equal(isOffered, state is not null);
        if (state is not null)
        {
            machine.Vcpu.SetNestedState(state);
        }
        else
        {
            NotSupportedException e = Assert.Throws<NotSupportedException>(
                () => machine.Vcpu.SetNestedState(new KvmBuffer<kvm_nested_state, byte>(0)));
            Assert.Contains("KVM_CAP_NESTED_STATE", e.Message, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public void MachineChecks_setUp_giveBanks()
    {
        const uint MachineCheckCapabilities = 0x179;
        const uint LastBankControl = 0x400 + (4 * 3);
        using X64Machine machine = new();
        ulong capabilities = machine.Kvm.GetMachineCheckCapabilities() & ~0xfful;

        machine.Vcpu.SetUpMachineChecks(capabilities | 4);

        // AMD's have bits 0 to 8 alone, and kvm-amd clears the others.
        ulong[] possible = [capabilities | 4, (capabilities | 4) & 0x1ff];
        Assert.Contains(machine.Vcpu.GetMsr(MachineCheckCapabilities), possible);
        Assert.Equal(ulong.MaxValue, machine.Vcpu.GetMsr(LastBankControl));
    }

    [SkippableFact]
    public void Chips_set_areReadBack()
    {
        using X64Machine machine = new();
        kvm_irqchip master = machine.Vm.GetIrqchip(KvmApi.KVM_IRQCHIP_PIC_MASTER);
        kvm_irqchip slave = machine.Vm.GetIrqchip(KvmApi.KVM_IRQCHIP_PIC_SLAVE);
        kvm_irqchip io = machine.Vm.GetIrqchip(KvmApi.KVM_IRQCHIP_IOAPIC);
        kvm_pit_state2 pit = machine.Vm.GetPit();
        master.chip.pic.imr = 0xfe;
        slave.chip.pic.irq_base = 0x28;
        io.chip.ioapic.ioregsel = 0x12;
        pit.channels[2].count = 0x4321;

        machine.Vm.SetIrqchip(in master);
        machine.Vm.SetIrqchip(in slave);
        machine.Vm.SetIrqchip(in io);
        machine.Vm.SetPit(in pit);

        Assert.Equal(0xfe, machine.Vm.GetIrqchip(KvmApi.KVM_IRQCHIP_PIC_MASTER).chip.pic.imr);
        Assert.Equal(0x28, machine.Vm.GetIrqchip(KvmApi.KVM_IRQCHIP_PIC_SLAVE).chip.pic.irq_base);
        Assert.Equal(0x12u, machine.Vm.GetIrqchip(KvmApi.KVM_IRQCHIP_IOAPIC).chip.ioapic.ioregsel);
        Assert.Equal(0x4321u, machine.Vm.GetPit().channels[2].count);
    }

    [SkippableFact]
    public void Clock_set_goesOnFromThere()
    {
        const ulong Hour = 3_600_000_000_000;
        using X64Machine machine = new();

        machine.Vm.SetClock(new kvm_clock_data { clock = Hour });

        Assert.True(machine.Vm.GetClock().clock >= Hour);
        Assert.Equal(
            "EINVAL",
            Assert.Throws<KvmException>(() => machine.Vm.SetClock(new kvm_clock_data { flags = 1u << 31 }))
                .ErrnoName);
    }

    private static bool IsTscStable() =>
        File.ReadAllText("/sys/devices/system/clocksource/clocksource0/available_clocksource")
            .Contains("tsc", StringComparison.Ordinal);
}
