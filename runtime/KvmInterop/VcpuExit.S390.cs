using KvmInterop.Native;

namespace KvmInterop;

// What only s390x has; the records are the same everywhere.
public readonly unsafe ref partial struct VcpuExit
{
    /// <summary>KVM_EXIT_S390_SIEIC: an instruction or interruption that the VMM is to carry out.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref readonly kvm_run_s390_sieic S390Sieic =>
        ref Arm<kvm_run_s390_sieic>(KvmRunOffsets.s390_sieic, KvmExitReason.KVM_EXIT_S390_SIEIC);

    /// <summary>KVM_EXIT_S390_RESET: the guest asked for a reset, of the kinds KVM_S390_RESET_*.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref readonly ulong S390ResetFlags =>
        ref Arm<ulong>(KvmRunOffsets.s390_reset_flags, KvmExitReason.KVM_EXIT_S390_RESET);

    /// <summary>
    /// KVM_EXIT_S390_UCONTROL: a page fault of a VM whose memory the VMM controls (KVM_VM_S390_UCONTROL).
    /// </summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref readonly kvm_run_s390_ucontrol S390Ucontrol =>
        ref Arm<kvm_run_s390_ucontrol>(KvmRunOffsets.s390_ucontrol, KvmExitReason.KVM_EXIT_S390_UCONTROL);

    /// <summary>
    /// KVM_EXIT_S390_TSCH: the guest tests a subchannel (KVM_CAP_S390_CSS_SUPPORT); <c>dequeued</c> says
    /// whether that took an interrupt.
    /// </summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref readonly kvm_run_s390_tsch S390Tsch =>
        ref Arm<kvm_run_s390_tsch>(KvmRunOffsets.s390_tsch, KvmExitReason.KVM_EXIT_S390_TSCH);

    /// <summary>
    /// KVM_EXIT_S390_STSI: the guest stores system information, to which the VMM may add
    /// (KVM_CAP_S390_USER_STSI).
    /// </summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref readonly kvm_run_s390_stsi S390Stsi =>
        ref Arm<kvm_run_s390_stsi>(KvmRunOffsets.s390_stsi, KvmExitReason.KVM_EXIT_S390_STSI);
}
