using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop.Tests.Runtime.Exits;

/// <summary>Which member of <see cref="VcpuExit"/> goes with which exit reasons.</summary>
internal static class ExitArms
{
    /// <summary>Where a member begins in the mapping, as an exit of some reason gives it.</summary>
    public delegate nint Place(scoped in VcpuExit exit);

    /// <summary>By the name of the member in C's <c>kvm_run</c>.</summary>
    public static readonly IReadOnlyDictionary<string, (KvmExitReason[] Reasons, Place Place)> All =
        new Dictionary<string, (KvmExitReason[], Place)>
        {
            ["hw"] = ([KvmExitReason.KVM_EXIT_UNKNOWN], (scoped in e) => Of(in e, in e.Hardware)),
            ["fail_entry"] = ([KvmExitReason.KVM_EXIT_FAIL_ENTRY], (scoped in e) => Of(in e, in e.FailEntry)),
            ["ex"] = ([KvmExitReason.KVM_EXIT_EXCEPTION], (scoped in e) => Of(in e, in e.Exception)),
            ["io"] = ([KvmExitReason.KVM_EXIT_IO], (scoped in e) => Of(in e, in e.Io)),
            ["mmio"] = ([KvmExitReason.KVM_EXIT_MMIO], (scoped in e) => Of(in e, in e.Mmio)),
            ["iocsr_io"] = (
                [KvmExitReason.KVM_EXIT_LOONGARCH_IOCSR], (scoped in e) => Of(in e, in e.LoongarchIocsr)),
            ["hypercall"] = ([KvmExitReason.KVM_EXIT_HYPERCALL], (scoped in e) => Of(in e, in e.Hypercall)),
            ["tpr_access"] = ([KvmExitReason.KVM_EXIT_TPR_ACCESS], (scoped in e) => Of(in e, in e.TprAccess)),
            ["s390_sieic"] = ([KvmExitReason.KVM_EXIT_S390_SIEIC], (scoped in e) => Of(in e, in e.S390Sieic)),
            ["s390_reset_flags"] = (
                [KvmExitReason.KVM_EXIT_S390_RESET], (scoped in e) => Of(in e, in e.S390ResetFlags)),
            ["s390_ucontrol"] = (
                [KvmExitReason.KVM_EXIT_S390_UCONTROL], (scoped in e) => Of(in e, in e.S390Ucontrol)),
            ["dcr"] = ([KvmExitReason.KVM_EXIT_DCR], (scoped in e) => Of(in e, in e.Dcr)),
            ["internal"] = (
                [KvmExitReason.KVM_EXIT_INTERNAL_ERROR], (scoped in e) => Of(in e, in e.InternalError)),
            ["emulation_failure"] = (
                [KvmExitReason.KVM_EXIT_INTERNAL_ERROR], (scoped in e) => Of(in e, in e.EmulationFailure)),
            ["osi"] = ([KvmExitReason.KVM_EXIT_OSI], (scoped in e) => Of(in e, in e.Osi)),
            ["papr_hcall"] = ([KvmExitReason.KVM_EXIT_PAPR_HCALL], (scoped in e) => Of(in e, in e.PaprHcall)),
            ["s390_tsch"] = ([KvmExitReason.KVM_EXIT_S390_TSCH], (scoped in e) => Of(in e, in e.S390Tsch)),
            ["epr"] = ([KvmExitReason.KVM_EXIT_EPR], (scoped in e) => Of(in e, in e.Epr)),
            ["system_event"] = (
                [KvmExitReason.KVM_EXIT_SYSTEM_EVENT], (scoped in e) => Of(in e, in e.SystemEvent)),
            ["s390_stsi"] = ([KvmExitReason.KVM_EXIT_S390_STSI], (scoped in e) => Of(in e, in e.S390Stsi)),
            ["eoi"] = ([KvmExitReason.KVM_EXIT_IOAPIC_EOI], (scoped in e) => Of(in e, in e.IoapicEoi)),
            ["hyperv"] = ([KvmExitReason.KVM_EXIT_HYPERV], (scoped in e) => Of(in e, in e.Hyperv)),
            ["arm_nisv"] = (
                [KvmExitReason.KVM_EXIT_ARM_NISV, KvmExitReason.KVM_EXIT_ARM_LDST64B],
                (scoped in e) => Of(in e, in e.ArmNisv)),
            ["msr"] = (
                [KvmExitReason.KVM_EXIT_X86_RDMSR, KvmExitReason.KVM_EXIT_X86_WRMSR],
                (scoped in e) => Of(in e, in e.Msr)),
            ["xen"] = ([KvmExitReason.KVM_EXIT_XEN], (scoped in e) => Of(in e, in e.Xen)),
            ["riscv_sbi"] = ([KvmExitReason.KVM_EXIT_RISCV_SBI], (scoped in e) => Of(in e, in e.RiscvSbi)),
            ["riscv_csr"] = ([KvmExitReason.KVM_EXIT_RISCV_CSR], (scoped in e) => Of(in e, in e.RiscvCsr)),
            ["notify"] = ([KvmExitReason.KVM_EXIT_NOTIFY], (scoped in e) => Of(in e, in e.Notify)),
            ["memory_fault"] = (
                [KvmExitReason.KVM_EXIT_MEMORY_FAULT], (scoped in e) => Of(in e, in e.MemoryFault)),
            ["tdx"] = ([KvmExitReason.KVM_EXIT_TDX], (scoped in e) => Of(in e, in e.Tdx)),
            ["arm_sea"] = ([KvmExitReason.KVM_EXIT_ARM_SEA], (scoped in e) => Of(in e, in e.ArmSea)),
            ["snp_req_certs"] = (
                [KvmExitReason.KVM_EXIT_SNP_REQ_CERTS], (scoped in e) => Of(in e, in e.SnpReqCerts)),
        };

    /// <summary>The exits that say all by their reason (api.rst, 5).</summary>
    public static readonly KvmExitReason[] Bare =
    [
        KvmExitReason.KVM_EXIT_HLT, KvmExitReason.KVM_EXIT_IRQ_WINDOW_OPEN, KvmExitReason.KVM_EXIT_SHUTDOWN,
        KvmExitReason.KVM_EXIT_INTR, KvmExitReason.KVM_EXIT_SET_TPR, KvmExitReason.KVM_EXIT_NMI,
        KvmExitReason.KVM_EXIT_WATCHDOG, KvmExitReason.KVM_EXIT_DIRTY_RING_FULL,
        KvmExitReason.KVM_EXIT_AP_RESET_HOLD, KvmExitReason.KVM_EXIT_X86_BUS_LOCK,
    ];

    private static nint Of<T>(scoped in VcpuExit exit, ref readonly T member)
        where T : unmanaged =>
        Unsafe.ByteOffset(
            ref MemoryMarshal.GetReference(exit.Bytes),
            ref Unsafe.As<T, byte>(ref Unsafe.AsRef(in member)));
}
