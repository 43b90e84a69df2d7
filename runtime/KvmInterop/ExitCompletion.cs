using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// What the next KVM_RUN has to do before the guest's state is that between two instructions.
/// </summary>
internal enum ExitCompletion
{
    /// <summary>Nothing: the exit is over.</summary>
    None,

    /// <summary>To finish an instruction that gave something away and waits for no answer.</summary>
    Outgoing,

    /// <summary>To finish an instruction with what is then in the exit's view.</summary>
    Answer,
}

/// <summary>The exits that KVM_RUN finishes (api.rst, 5, the note at kvm_run.io, and KVM's source).</summary>
internal static class ExitCompletions
{
    internal static ExitCompletion Of(scoped in VcpuExit exit)
    {
        switch (exit.Reason)
        {
            case KvmExitReason.KVM_EXIT_IO:
                return Outgoing(exit.Io.direction == KvmApi.KVM_EXIT_IO_OUT);
            case KvmExitReason.KVM_EXIT_MMIO:
                return Outgoing(exit.Mmio.is_write != 0);
            case KvmExitReason.KVM_EXIT_DCR:
                return Outgoing(exit.Dcr.is_write != 0);
#if KVM_EXIT_LOONGARCH_IOCSR
            case KvmExitReason.KVM_EXIT_LOONGARCH_IOCSR:
                return Outgoing(exit.LoongarchIocsr.is_write != 0);
#endif
            case KvmExitReason.KVM_EXIT_HYPERV:
                return Outgoing(exit.Hyperv.type == KvmApi.KVM_EXIT_HYPERV_SYNIC);

            // On arm64 the answer goes into the registers, by ioctls between the exit and the next KVM_RUN.
            case KvmExitReason.KVM_EXIT_HYPERCALL when KvmHost.Architecture == KvmArchitecture.Arm64:
                return ExitCompletion.None;

            case KvmExitReason.KVM_EXIT_UNKNOWN:
            case KvmExitReason.KVM_EXIT_EXCEPTION:
            case KvmExitReason.KVM_EXIT_DEBUG:
            case KvmExitReason.KVM_EXIT_HLT:
            case KvmExitReason.KVM_EXIT_IRQ_WINDOW_OPEN:
            case KvmExitReason.KVM_EXIT_SHUTDOWN:
            case KvmExitReason.KVM_EXIT_FAIL_ENTRY:
            case KvmExitReason.KVM_EXIT_INTR:
            case KvmExitReason.KVM_EXIT_SET_TPR:
            case KvmExitReason.KVM_EXIT_TPR_ACCESS:
            case KvmExitReason.KVM_EXIT_S390_SIEIC:
            case KvmExitReason.KVM_EXIT_S390_RESET:
            case KvmExitReason.KVM_EXIT_NMI:
            case KvmExitReason.KVM_EXIT_INTERNAL_ERROR:
            case KvmExitReason.KVM_EXIT_S390_UCONTROL:
            case KvmExitReason.KVM_EXIT_WATCHDOG:
            case KvmExitReason.KVM_EXIT_S390_TSCH:
            case KvmExitReason.KVM_EXIT_SYSTEM_EVENT:
            case KvmExitReason.KVM_EXIT_S390_STSI:
            case KvmExitReason.KVM_EXIT_IOAPIC_EOI:
            case KvmExitReason.KVM_EXIT_ARM_NISV:
            case KvmExitReason.KVM_EXIT_DIRTY_RING_FULL:
            case KvmExitReason.KVM_EXIT_AP_RESET_HOLD:
            case KvmExitReason.KVM_EXIT_X86_BUS_LOCK:
            case KvmExitReason.KVM_EXIT_NOTIFY:
#if KVM_EXIT_MEMORY_FAULT
            case KvmExitReason.KVM_EXIT_MEMORY_FAULT:
#endif
#if KVM_EXIT_ARM_SEA
            case KvmExitReason.KVM_EXIT_ARM_SEA:
#endif
#if KVM_EXIT_ARM_LDST64B
            case KvmExitReason.KVM_EXIT_ARM_LDST64B:
#endif
                return ExitCompletion.None;

            // Calls and reads; and, to be safe, reasons that this library does not know: to call KVM_RUN once
            // more than needed, and not to enter the guest, does no harm.
            default:
                return ExitCompletion.Answer;
        }
    }

    private static ExitCompletion Outgoing(bool yes) => yes ? ExitCompletion.Outgoing : ExitCompletion.Answer;
}
