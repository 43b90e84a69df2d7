using KvmInterop.Native;
using KvmInterop.Native.Arm64;
using static KvmInterop.Native.Arm64.KvmApiArm64;
using static KvmInterop.Native.KvmApi;

namespace KvmInterop;

/// <summary>
/// Ids for <see cref="Vcpu.GetRegister{T}"/> of what a debugger reads. Places of system registers (op0, op1,
/// CRn, CRm, op2) are the processor's: Arm ARM, D24.2.
/// </summary>
[KvmArchitectures(KvmArchitecture.Arm64)]
internal static class Arm64Registers
{
    internal static ulong Pc => ARM64_CORE_REG(kvm_regs_member.regs.pc);

    internal static ulong Pstate => ARM64_CORE_REG(kvm_regs_member.regs.pstate);

    /// <summary>SP_EL0.</summary>
    internal static ulong SpEl0 => ARM64_CORE_REG(kvm_regs_member.regs.sp);

    internal static ulong SpEl1 => ARM64_CORE_REG(kvm_regs_member.sp_el1);

    internal static ulong ElrEl1 => ARM64_CORE_REG(kvm_regs_member.elr_el1);

    /// <summary>SPSR_EL1.</summary>
    internal static ulong SpsrEl1 => ARM64_CORE_REG(kvm_regs_member.spsr[0]);

    internal static ulong Fpsr => ARM64_CORE_REG(kvm_regs_member.fp_regs.fpsr);

    internal static ulong Fpcr => ARM64_CORE_REG(kvm_regs_member.fp_regs.fpcr);

    internal static ulong Sctlr => ARM64_SYS_REG(3, 0, 1, 0, 0);

    internal static ulong Ttbr0 => ARM64_SYS_REG(3, 0, 2, 0, 0);

    internal static ulong Ttbr1 => ARM64_SYS_REG(3, 0, 2, 0, 1);

    internal static ulong Tcr => ARM64_SYS_REG(3, 0, 2, 0, 2);

    internal static ulong Esr => ARM64_SYS_REG(3, 0, 5, 2, 0);

    internal static ulong Far => ARM64_SYS_REG(3, 0, 6, 0, 0);

    internal static ulong Mair => ARM64_SYS_REG(3, 0, 10, 2, 0);

    internal static ulong Vbar => ARM64_SYS_REG(3, 0, 12, 0, 0);

    internal static ulong X(int number) => ARM64_CORE_REG(kvm_regs_member.regs.regs[number]);

    internal static ulong V(int number) => ARM64_CORE_REG(kvm_regs_member.fp_regs.vregs[number]);

    /// <summary>The stack pointer in use: SP_EL0 at EL0, and where PSTATE.SP says so.</summary>
    internal static ulong StackPointer(Vcpu vcpu, ulong pstate) =>
        vcpu.GetRegister<ulong>((pstate & 1) == 0 ? SpEl0 : SpEl1);
}
