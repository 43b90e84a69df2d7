using KvmInterop.Native;
using KvmInterop.Native.X64;

namespace KvmInterop;

/// <summary>What an x86 VM has in the kernel beside its vCPUs: interrupt controllers, timer, clock.</summary>
[KvmArchitectures(KvmArchitecture.X64)]
internal static class X64VmState
{
    private static readonly int[] Chips =
        [KvmApi.KVM_IRQCHIP_PIC_MASTER, KvmApi.KVM_IRQCHIP_PIC_SLAVE, KvmApi.KVM_IRQCHIP_IOAPIC];

    internal static void Save(Vm vm, StateSections state)
    {
        foreach (int chip in Chips)
        {
            if (vm.TryGetIrqchip(chip, out kvm_irqchip irqchip))
            {
                state.Add(StateSection.X64Irqchip, in irqchip, (uint)chip);
            }
        }

        if (vm.TryGetPit(out kvm_pit_state2 pit))
        {
            state.Add(StateSection.X64Pit, in pit);
        }

        state.Add(StateSection.X64Clock, vm.GetClock());
    }

    /// <exception cref="StateException">The VM has other chips than the saved one.</exception>
    internal static void Check(Vm vm, StateSections state)
    {
        foreach (int chip in Chips)
        {
            bool saved = state.Has(StateSection.X64Irqchip, (uint)chip);
            if (saved && state.Get<kvm_irqchip>(StateSection.X64Irqchip, (uint)chip).chip_id != (uint)chip)
            {
                throw new StateException(
                    $"the saved state's interrupt controller {chip} says that it is another");
            }

            CheckSame(saved, vm.TryGetIrqchip(chip, out _), "interrupt controllers", "KVM_CREATE_IRQCHIP");
        }

        bool hasPit = state.Has(StateSection.X64Pit);
        CheckSame(hasPit, vm.TryGetPit(out _), "a PIT", "KVM_CREATE_PIT2");
        _ = hasPit ? state.Get<kvm_pit_state2>(StateSection.X64Pit) : default;
        _ = state.Get<kvm_clock_data>(StateSection.X64Clock);
    }

    /// <summary>
    /// Before the vCPUs: local APICs look at the I/O APIC's table as they are set, and what it sends while it
    /// is set must not come to one that is set already and has it too.
    /// </summary>
    internal static void RestoreChips(Vm vm, StateSections state)
    {
        foreach (int chip in Chips)
        {
            if (state.Has(StateSection.X64Irqchip, (uint)chip))
            {
                vm.SetIrqchip(state.Get<kvm_irqchip>(StateSection.X64Irqchip, (uint)chip));
            }
        }
    }

    /// <summary>
    /// After the vCPUs: the timer runs from here on and its first interrupt must find its local APIC set, and
    /// the clock is counted from time-stamp counters.
    /// </summary>
    internal static void RestoreTime(Vm vm, StateSections state)
    {
        if (state.Has(StateSection.X64Pit))
        {
            vm.SetPit(state.Get<kvm_pit_state2>(StateSection.X64Pit));
        }

        // Without flags: the guest's clock stood still while it was saved, as its counters did.
        kvm_clock_data saved = state.Get<kvm_clock_data>(StateSection.X64Clock);
        vm.SetClock(new kvm_clock_data { clock = saved.clock });
    }

    private static void CheckSame(bool saved, bool here, string what, string ioctl)
    {
        if (saved != here)
        {
            throw new StateException(
                saved
                    ? $"the saved VM has {what} in the kernel and this one has not: make it with {ioctl} "
                        + "first"
                    : $"this VM has {what} in the kernel and the saved one has not: make it without");
        }
    }
}
