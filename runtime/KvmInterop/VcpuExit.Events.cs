using KvmInterop.Native;

namespace KvmInterop;

// What happened in the guest or to it.
public readonly unsafe ref partial struct VcpuExit
{
    /// <summary>
    /// KVM_EXIT_EXCEPTION: an exception that KVM does not handle; no longer used by KVM on x86.
    /// </summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref readonly kvm_run_ex Exception =>
        ref Arm<kvm_run_ex>(KvmRunOffsets.ex, KvmExitReason.KVM_EXIT_EXCEPTION);

    /// <summary>
    /// KVM_EXIT_IOAPIC_EOI: the end of a level-triggered interrupt, for an I/O APIC that is not in the kernel
    /// (KVM_CAP_SPLIT_IRQCHIP).
    /// </summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref readonly kvm_run_eoi IoapicEoi =>
        ref Arm<kvm_run_eoi>(KvmRunOffsets.eoi, KvmExitReason.KVM_EXIT_IOAPIC_EOI);

    /// <summary>
    /// KVM_EXIT_SYSTEM_EVENT: the guest asked for shutdown, reset or another event of the whole machine.
    /// </summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref readonly kvm_run_system_event SystemEvent =>
        ref Arm<kvm_run_system_event>(KvmRunOffsets.system_event, KvmExitReason.KVM_EXIT_SYSTEM_EVENT);

    /// <summary>
    /// KVM_EXIT_NOTIFY: the guest did not come to an instruction's end for a long time
    /// (KVM_CAP_X86_NOTIFY_VMEXIT).
    /// </summary>
    /// <remarks>With KVM_NOTIFY_CONTEXT_INVALID in <c>flags</c> the vCPU cannot go on.</remarks>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref readonly kvm_run_notify Notify =>
        ref Arm<kvm_run_notify>(KvmRunOffsets.notify, KvmExitReason.KVM_EXIT_NOTIFY);

#if KVM_EXIT_MEMORY_FAULT
    /// <summary>
    /// KVM_EXIT_MEMORY_FAULT: memory that the guest touched cannot be had; <see cref="Errno"/> says why.
    /// </summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref readonly kvm_run_memory_fault MemoryFault =>
        ref Arm<kvm_run_memory_fault>(KvmRunOffsets.memory_fault, KvmExitReason.KVM_EXIT_MEMORY_FAULT);
#endif

#if KVM_EXIT_ARM_SEA
    /// <summary>
    /// KVM_EXIT_ARM_SEA: the guest touched memory with an error that the host could not mend
    /// (KVM_CAP_ARM_SEA_TO_USER).
    /// </summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref readonly kvm_run_arm_sea ArmSea =>
        ref Arm<kvm_run_arm_sea>(KvmRunOffsets.arm_sea, KvmExitReason.KVM_EXIT_ARM_SEA);
#endif

    /// <summary>KVM_EXIT_UNKNOWN: the processor left the guest for a reason that KVM does not know.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref readonly kvm_run_hw Hardware =>
        ref Arm<kvm_run_hw>(KvmRunOffsets.hw, KvmExitReason.KVM_EXIT_UNKNOWN);

    /// <summary>KVM_EXIT_FAIL_ENTRY: the processor refused the guest's state.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref readonly kvm_run_fail_entry FailEntry =>
        ref Arm<kvm_run_fail_entry>(KvmRunOffsets.fail_entry, KvmExitReason.KVM_EXIT_FAIL_ENTRY);

    /// <summary>KVM_EXIT_INTERNAL_ERROR: KVM could not go on.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref readonly kvm_run_internal InternalError =>
        ref Arm<kvm_run_internal>(KvmRunOffsets.@internal, KvmExitReason.KVM_EXIT_INTERNAL_ERROR);

#if KVM_CAP_EXIT_ON_EMULATION_FAILURE
    /// <summary>
    /// KVM_EXIT_INTERNAL_ERROR once more, as it reads with suberror KVM_INTERNAL_ERROR_EMULATION: the
    /// instruction that KVM could not emulate, if the flags say that its bytes are there.
    /// </summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref readonly kvm_run_emulation_failure EmulationFailure => ref Arm<kvm_run_emulation_failure>(
        KvmRunOffsets.emulation_failure, KvmExitReason.KVM_EXIT_INTERNAL_ERROR);
#endif
}
