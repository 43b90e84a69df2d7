using System.Diagnostics.CodeAnalysis;
using KvmInterop.Native;

namespace KvmInterop;

// Accesses of the guest to devices and registers.
public readonly unsafe ref partial struct VcpuExit
{
    /// <summary>KVM_EXIT_IO: <c>in</c>, <c>out</c> and their string forms on x86.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref readonly kvm_run_io Io =>
        ref Arm<kvm_run_io>(KvmRunOffsets.io, KvmExitReason.KVM_EXIT_IO);

    /// <summary>
    /// The data of KVM_EXIT_IO: <c>count</c> elements of <c>size</c> bytes, all for the same port. Written by
    /// the guest, or to be filled.
    /// </summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    /// <exception cref="InvalidDataException">KVM reports data outside of the mapping.</exception>
    public Span<byte> IoData
    {
        get
        {
            ref readonly kvm_run_io io = ref Io;
            ulong length = (ulong)io.size * io.count;
            if (length > (ulong)runSize || io.data_offset > (ulong)runSize - length)
            {
                ThrowOutside();
            }

            // SAFETY: the mapping belongs to the vCPU's handle, held for as long as the run; offset and
            // length were just checked against its size.
            unsafe
            {
                return new Span<byte>(run + io.data_offset, (int)length);
            }
        }
    }

    /// <summary>KVM_EXIT_MMIO: an access to a guest-physical address that is not memory.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref readonly kvm_run_mmio Mmio =>
        ref Arm<kvm_run_mmio>(KvmRunOffsets.mmio, KvmExitReason.KVM_EXIT_MMIO);

    /// <summary>The 1 to 8 bytes of KVM_EXIT_MMIO: written by the guest, or to be filled.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public Span<byte> MmioData
    {
        get
        {
            ref kvm_run_mmio mmio = ref Arm<kvm_run_mmio>(KvmRunOffsets.mmio, KvmExitReason.KVM_EXIT_MMIO);
            return FirstOf(mmio.data, mmio.len);
        }
    }

    /// <summary>
    /// KVM_EXIT_X86_RDMSR and KVM_EXIT_X86_WRMSR: an access to a model-specific register that the VM has
    /// asked for (KVM_CAP_X86_USER_SPACE_MSR).
    /// </summary>
    /// <remarks>
    /// Of a read, <c>data</c> is to be filled. An <c>error</c> that is not 0 makes the access a #GP in the
    /// guest.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref kvm_run_msr Msr => ref Arm<kvm_run_msr>(
        KvmRunOffsets.msr, KvmExitReason.KVM_EXIT_X86_RDMSR, KvmExitReason.KVM_EXIT_X86_WRMSR);

#if KVM_EXIT_LOONGARCH_IOCSR
    /// <summary>KVM_EXIT_LOONGARCH_IOCSR: an access to an I/O control and status register.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref readonly kvm_run_iocsr_io LoongarchIocsr =>
        ref Arm<kvm_run_iocsr_io>(KvmRunOffsets.iocsr_io, KvmExitReason.KVM_EXIT_LOONGARCH_IOCSR);

    /// <summary>
    /// The 1 to 8 bytes of KVM_EXIT_LOONGARCH_IOCSR: written by the guest, or to be filled.
    /// </summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public Span<byte> LoongarchIocsrData
    {
        get
        {
            ref kvm_run_iocsr_io iocsr = ref Arm<kvm_run_iocsr_io>(
                KvmRunOffsets.iocsr_io, KvmExitReason.KVM_EXIT_LOONGARCH_IOCSR);
            return FirstOf(iocsr.data, iocsr.len);
        }
    }
#endif

    /// <summary>
    /// KVM_EXIT_ARM_NISV and KVM_EXIT_ARM_LDST64B: an access outside of memory by an instruction that the
    /// processor does not describe, or one of 64 bytes.
    /// </summary>
    /// <remarks>
    /// KVM does not step over the instruction: whoever carries it out sets the program counter too.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
#if KVM_EXIT_ARM_LDST64B
    public ref readonly kvm_run_arm_nisv ArmNisv => ref Arm<kvm_run_arm_nisv>(
        KvmRunOffsets.arm_nisv, KvmExitReason.KVM_EXIT_ARM_NISV, KvmExitReason.KVM_EXIT_ARM_LDST64B);
#else
    public ref readonly kvm_run_arm_nisv ArmNisv =>
        ref Arm<kvm_run_arm_nisv>(KvmRunOffsets.arm_nisv, KvmExitReason.KVM_EXIT_ARM_NISV);
#endif

    /// <summary>
    /// KVM_EXIT_TPR_ACCESS: the guest used its task priority register (KVM_TPR_ACCESS_REPORTING).
    /// </summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref readonly kvm_run_tpr_access TprAccess =>
        ref Arm<kvm_run_tpr_access>(KvmRunOffsets.tpr_access, KvmExitReason.KVM_EXIT_TPR_ACCESS);

    /// <summary>
    /// KVM_EXIT_DCR: an access to a device control register of a PowerPC 440; no longer used by KVM.
    /// </summary>
    /// <remarks>Of a read, <c>data</c> is to be filled.</remarks>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref kvm_run_dcr Dcr =>
        ref Arm<kvm_run_dcr>(KvmRunOffsets.dcr, KvmExitReason.KVM_EXIT_DCR);

    [DoesNotReturn]
    private static void ThrowOutside() => throw new InvalidDataException(
        "KVM reported port data outside of the kvm_run mapping, "
        + "against its own document (api.rst, kvm_run.io)");
}
