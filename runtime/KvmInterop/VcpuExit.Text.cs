using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop;

public readonly unsafe ref partial struct VcpuExit
{
    // Words of an exit that is not known here, of the 32 that there may be.
    private const int ShownWords = 4;

    /// <summary>The reason's name in the kernel's header, or its number.</summary>
    public override string ToString() => NameOf(Reason);

    /// <summary>The reason and the numbers that go with it, for logs and reports. Allocates.</summary>
    public string Describe()
    {
        string detail = Reason switch
        {
            KvmExitReason.KVM_EXIT_UNKNOWN => $"hardware reason 0x{Hardware.hardware_exit_reason:x}",
            KvmExitReason.KVM_EXIT_EXCEPTION =>
                $"exception 0x{Exception.exception:x}, error code 0x{Exception.error_code:x}",
            KvmExitReason.KVM_EXIT_IO =>
                $"{(Io.direction == KvmApi.KVM_EXIT_IO_OUT ? "write to" : "read from")} port 0x{Io.port:x}, "
                + $"{Io.count} times {Io.size} bytes",
            KvmExitReason.KVM_EXIT_MMIO => Access(Mmio.is_write, Mmio.len, Mmio.phys_addr),
            KvmExitReason.KVM_EXIT_HYPERCALL =>
                $"call 0x{Hypercall.nr:x}, arguments 0x{Hypercall.args[0]:x} 0x{Hypercall.args[1]:x} "
                + $"0x{Hypercall.args[2]:x} 0x{Hypercall.args[3]:x}",
            KvmExitReason.KVM_EXIT_FAIL_ENTRY =>
                $"hardware reason 0x{FailEntry.hardware_entry_failure_reason:x}",
            KvmExitReason.KVM_EXIT_INTERNAL_ERROR => $"suberror {InternalError.suberror}",
            KvmExitReason.KVM_EXIT_TPR_ACCESS => $"at 0x{TprAccess.rip:x}",
            KvmExitReason.KVM_EXIT_S390_SIEIC =>
                $"interception code 0x{S390Sieic.icptcode:x}, 0x{S390Sieic.ipa:x} 0x{S390Sieic.ipb:x}",
            KvmExitReason.KVM_EXIT_S390_RESET => $"flags 0x{S390ResetFlags:x}",
            KvmExitReason.KVM_EXIT_S390_UCONTROL =>
                $"program code 0x{S390Ucontrol.pgm_code:x}, exception 0x{S390Ucontrol.trans_exc_code:x}",
            KvmExitReason.KVM_EXIT_S390_TSCH =>
                $"subchannel 0x{S390Tsch.subchannel_id:x}.0x{S390Tsch.subchannel_nr:x}",
            KvmExitReason.KVM_EXIT_S390_STSI =>
                $"0x{S390Stsi.fc:x}.0x{S390Stsi.sel1:x}.0x{S390Stsi.sel2:x} to 0x{S390Stsi.addr:x}",
            KvmExitReason.KVM_EXIT_DCR => $"register 0x{Dcr.dcrn:x}",
            KvmExitReason.KVM_EXIT_PAPR_HCALL => $"call 0x{PaprHcall.nr:x}",
            KvmExitReason.KVM_EXIT_SYSTEM_EVENT => $"type {SystemEvent.type}",
            KvmExitReason.KVM_EXIT_IOAPIC_EOI => $"vector 0x{IoapicEoi.vector:x}",
            KvmExitReason.KVM_EXIT_HYPERV => $"type {Hyperv.type}",
            KvmExitReason.KVM_EXIT_ARM_NISV => $"at 0x{ArmNisv.fault_ipa:x}, syndrome 0x{ArmNisv.esr_iss:x}",
            KvmExitReason.KVM_EXIT_X86_RDMSR => $"of MSR 0x{Msr.index:x}, reason 0x{Msr.reason:x}",
            KvmExitReason.KVM_EXIT_X86_WRMSR =>
                $"of 0x{Msr.data:x} to MSR 0x{Msr.index:x}, reason 0x{Msr.reason:x}",
            KvmExitReason.KVM_EXIT_XEN => $"type {Xen.type}",
            KvmExitReason.KVM_EXIT_RISCV_SBI =>
                $"extension 0x{RiscvSbi.extension_id:x}, function 0x{RiscvSbi.function_id:x}",
            KvmExitReason.KVM_EXIT_RISCV_CSR => $"register 0x{RiscvCsr.csr_num:x}",
            KvmExitReason.KVM_EXIT_NOTIFY => $"flags 0x{Notify.flags:x}",
#if KVM_EXIT_LOONGARCH_IOCSR
            KvmExitReason.KVM_EXIT_LOONGARCH_IOCSR => Access(
                LoongarchIocsr.is_write, LoongarchIocsr.len, LoongarchIocsr.phys_addr),
#endif
#if KVM_EXIT_MEMORY_FAULT
            KvmExitReason.KVM_EXIT_MEMORY_FAULT =>
                $"0x{MemoryFault.size:x} bytes at 0x{MemoryFault.gpa:x}, flags 0x{MemoryFault.flags:x}",
#endif
#if KVM_EXIT_TDX
            KvmExitReason.KVM_EXIT_TDX => $"call 0x{Tdx.nr:x}",
#endif
#if KVM_EXIT_ARM_SEA
            KvmExitReason.KVM_EXIT_ARM_SEA => $"syndrome 0x{ArmSea.esr:x}, at 0x{ArmSea.gpa:x}",
#endif
#if KVM_EXIT_ARM_LDST64B
            KvmExitReason.KVM_EXIT_ARM_LDST64B =>
                $"at 0x{ArmNisv.fault_ipa:x}, syndrome 0x{ArmNisv.esr_iss:x}",
#endif
#if KVM_EXIT_SNP_REQ_CERTS
            KvmExitReason.KVM_EXIT_SNP_REQ_CERTS =>
                $"0x{SnpReqCerts.npages:x} pages at 0x{SnpReqCerts.gpa:x}",
#endif
            _ => "",
        };
        return detail.Length > 0 ? $"{NameOf(Reason)}: {detail}"
            : KvmNames.ExitReason((uint)Reason) is string name ? name
            : $"{NameOf(Reason)} (its data begins {FirstWords()})";
    }

    internal static string NameOf(KvmExitReason reason) =>
        KvmNames.ExitReason((uint)reason) ?? $"exit reason {(uint)reason}";

    private static string Access(byte isWrite, uint length, ulong address) =>
        $"{(isWrite != 0 ? "write to" : "read from")} 0x{address:x}, {length} bytes";

    private string FirstWords()
    {
        string text = "";
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(Bytes[KvmRunOffsets.hw..])[..ShownWords])
        {
            text += $"{(text.Length > 0 ? " " : "")}0x{word:x}";
        }

        return text;
    }
}
