using KvmInterop.Native;

namespace KvmInterop;

// Calls of the guest to what is above it, with their answers.
public readonly unsafe ref partial struct VcpuExit
{
    /// <summary>
    /// KVM_EXIT_HYPERCALL: a call that KVM hands on (KVM_CAP_EXIT_HYPERCALL, on arm64 its SMCCC filter).
    /// </summary>
    /// <remarks>
    /// The answer goes to <c>ret</c>. On arm64 arguments and answer are in registers instead.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref kvm_run_hypercall Hypercall =>
        ref Arm<kvm_run_hypercall>(KvmRunOffsets.hypercall, KvmExitReason.KVM_EXIT_HYPERCALL);

    /// <summary>KVM_EXIT_HYPERV: a call of a guest that uses Hyper-V's interface, by <c>type</c>.</summary>
    /// <remarks>The answer goes to <c>u.hcall.result</c> or <c>u.syndbg.status</c>.</remarks>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref kvm_hyperv_exit Hyperv =>
        ref Arm<kvm_hyperv_exit>(KvmRunOffsets.hyperv, KvmExitReason.KVM_EXIT_HYPERV);

    /// <summary>KVM_EXIT_XEN: a call of a guest that uses Xen's interface, by <c>type</c>.</summary>
    /// <remarks>The answer goes to <c>u.hcall.result</c>.</remarks>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref kvm_xen_exit Xen =>
        ref Arm<kvm_xen_exit>(KvmRunOffsets.xen, KvmExitReason.KVM_EXIT_XEN);

#if KVM_EXIT_TDX
    /// <summary>KVM_EXIT_TDX: a TDVMCALL of a TDX guest that KVM hands on.</summary>
    /// <remarks>The answer goes to <c>ret</c> of the part that goes with <c>nr</c>.</remarks>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref kvm_run_tdx Tdx =>
        ref Arm<kvm_run_tdx>(KvmRunOffsets.tdx, KvmExitReason.KVM_EXIT_TDX);
#endif

#if KVM_EXIT_SNP_REQ_CERTS
    /// <summary>
    /// KVM_EXIT_SNP_REQ_CERTS: an SEV-SNP guest asks for a report, and the certificates for it are to be
    /// written to its memory.
    /// </summary>
    /// <remarks>The answer goes to <c>ret</c>, and to <c>npages</c> where they do not fit.</remarks>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref kvm_exit_snp_req_certs SnpReqCerts =>
        ref Arm<kvm_exit_snp_req_certs>(KvmRunOffsets.snp_req_certs, KvmExitReason.KVM_EXIT_SNP_REQ_CERTS);
#endif

    /// <summary>KVM_EXIT_RISCV_SBI: a call to the supervisor binary interface that KVM hands on.</summary>
    /// <remarks>The answer goes to both elements of <c>ret</c>.</remarks>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref kvm_run_riscv_sbi RiscvSbi =>
        ref Arm<kvm_run_riscv_sbi>(KvmRunOffsets.riscv_sbi, KvmExitReason.KVM_EXIT_RISCV_SBI);

    /// <summary>
    /// KVM_EXIT_RISCV_CSR: an access to a control and status register that KVM does not have.
    /// </summary>
    /// <remarks>The register's old value goes to <c>ret_value</c>.</remarks>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref kvm_run_riscv_csr RiscvCsr =>
        ref Arm<kvm_run_riscv_csr>(KvmRunOffsets.riscv_csr, KvmExitReason.KVM_EXIT_RISCV_CSR);

    /// <summary>KVM_EXIT_PAPR_HCALL: a call of a pseries guest that KVM hands on.</summary>
    /// <remarks>The answer goes to <c>ret</c> and <c>args</c>.</remarks>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref kvm_run_papr_hcall PaprHcall =>
        ref Arm<kvm_run_papr_hcall>(KvmRunOffsets.papr_hcall, KvmExitReason.KVM_EXIT_PAPR_HCALL);

    /// <summary>KVM_EXIT_OSI: an OSI call of a PowerPC guest, with all its general registers.</summary>
    /// <remarks>What is written to <c>gprs</c> is in the guest's registers afterwards.</remarks>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref kvm_run_osi Osi =>
        ref Arm<kvm_run_osi>(KvmRunOffsets.osi, KvmExitReason.KVM_EXIT_OSI);

    /// <summary>
    /// KVM_EXIT_EPR: a PowerPC guest takes an external interrupt, and its vector is wanted.
    /// </summary>
    /// <remarks>The vector goes to <c>epr</c>.</remarks>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public ref kvm_run_epr Epr =>
        ref Arm<kvm_run_epr>(KvmRunOffsets.epr, KvmExitReason.KVM_EXIT_EPR);
}
