using KvmInterop.Native;
using KvmInterop.Native.X64;

namespace KvmInterop;

public sealed partial class Vm
{
    /// <summary>
    /// The state of an interrupt controller that the kernel emulates (KVM_GET_IRQCHIP): one of the two PICs,
    /// or the I/O APIC.
    /// </summary>
    /// <param name="chip">KVM_IRQCHIP_PIC_MASTER, KVM_IRQCHIP_PIC_SLAVE or KVM_IRQCHIP_IOAPIC.</param>
    /// <exception cref="KvmException">The ioctl failed: ENXIO, the VM has none in the kernel.</exception>
    [KvmArchitectures(KvmArchitecture.X64)]
    public kvm_irqchip GetIrqchip(int chip)
    {
        NeededArchitecture.Check(KvmArchitecture.X64, "KVM_GET_IRQCHIP");
        using Held<VmHandle> held = new(handle);
        kvm_irqchip state = new() { chip_id = (uint)chip };
        KvmException.ThrowIfError(
            handle.Fd.GetIrqchip(ref state), "KVM_GET_IRQCHIP", KvmFdKind.Vm, $"chip {chip}");
        return state;
    }

    /// <summary>Sets the state of the chip that <c>chip_id</c> names (KVM_SET_IRQCHIP).</summary>
    /// <inheritdoc cref="GetIrqchip"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void SetIrqchip(in kvm_irqchip state)
    {
        NeededArchitecture.Check(KvmArchitecture.X64, "KVM_SET_IRQCHIP");
        using Held<VmHandle> held = new(handle);
        KvmException.ThrowIfError(
            handle.Fd.SetIrqchip(in state), "KVM_SET_IRQCHIP", KvmFdKind.Vm, $"chip {state.chip_id}");
    }

    /// <summary>The state of the timer chip that the kernel emulates (KVM_GET_PIT2).</summary>
    /// <exception cref="KvmException">The ioctl failed: ENXIO, the VM has none in the kernel.</exception>
    [KvmArchitectures(KvmArchitecture.X64)]
    public kvm_pit_state2 GetPit()
    {
        NeededArchitecture.Check(KvmArchitecture.X64, "KVM_GET_PIT2");
        using Held<VmHandle> held = new(handle);
        KvmException.ThrowIfError(
            handle.Fd.GetPit2(out kvm_pit_state2 state), "KVM_GET_PIT2", KvmFdKind.Vm);
        return state;
    }

    /// <summary>
    /// Sets the state of the timer chip; running channels begin a new period (KVM_SET_PIT2).
    /// </summary>
    /// <inheritdoc cref="GetPit"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void SetPit(in kvm_pit_state2 state)
    {
        NeededArchitecture.Check(KvmArchitecture.X64, "KVM_SET_PIT2");
        using Held<VmHandle> held = new(handle);
        KvmException.ThrowIfError(handle.Fd.SetPit2(in state), "KVM_SET_PIT2", KvmFdKind.Vm);
    }

    /// <summary>
    /// The clock that guests read through kvm-clock, in nanoseconds, and what the host's clocks were at that
    /// moment (KVM_GET_CLOCK); <c>flags</c> says which members are valid (KVM_CLOCK_*).
    /// </summary>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    [KvmArchitectures(KvmArchitecture.X64)]
    public kvm_clock_data GetClock()
    {
        NeededArchitecture.Check(KvmArchitecture.X64, "KVM_GET_CLOCK");
        using Held<VmHandle> held = new(handle);
        KvmException.ThrowIfError(
            handle.Fd.GetClock(out kvm_clock_data clock), "KVM_GET_CLOCK", KvmFdKind.Vm);
        return clock;
    }

    /// <summary>Sets the clock that guests read through kvm-clock (KVM_SET_CLOCK).</summary>
    /// <param name="clock">With KVM_CLOCK_REALTIME in <c>flags</c> it is moved on by the time that has passed
    /// since <c>realtime</c>; with none it goes on from <c>clock</c>. Other flags are refused.</param>
    /// <inheritdoc cref="GetClock"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void SetClock(in kvm_clock_data clock)
    {
        NeededArchitecture.Check(KvmArchitecture.X64, "KVM_SET_CLOCK");
        using Held<VmHandle> held = new(handle);
        KvmException.ThrowIfError(
            handle.Fd.SetClock(in clock), "KVM_SET_CLOCK", KvmFdKind.Vm, $"flags 0x{clock.flags:x}");
    }
}
