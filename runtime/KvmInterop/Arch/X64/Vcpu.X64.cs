using KvmInterop.Native;
using KvmInterop.Native.X64;

namespace KvmInterop;

public sealed partial class Vcpu
{
    /// <summary>The general registers, instruction pointer and flags of an x86 vCPU (KVM_GET_REGS).</summary>
    /// <remarks>
    /// An access to a device that waits to be finished is finished first (<see cref="FinishAccess"/>). On the
    /// vCPU's own thread so also in a device or a handler, but not where that is to answer the guest.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread, or in the middle of
    /// an access that has a further part or wants an answer.</exception>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    [KvmArchitectures(KvmArchitecture.X64)]
    public kvm_regs GetRegisters()
    {
        using Held<VcpuHandle> held = UseX64State("KVM_GET_REGS");
        KvmException.ThrowIfError(handle.Fd.GetRegs(out kvm_regs registers), "KVM_GET_REGS", KvmFdKind.Vcpu);
        return registers;
    }

    /// <summary>Sets all general registers, the instruction pointer and the flags (KVM_SET_REGS).</summary>
    /// <remarks>
    /// Bit 1 of <c>rflags</c> is always 1 on x86; a guest entered without it does not start.
    /// </remarks>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void SetRegisters(in kvm_regs registers)
    {
        using Held<VcpuHandle> held = UseX64State("KVM_SET_REGS");
        KvmException.ThrowIfError(handle.Fd.SetRegs(in registers), "KVM_SET_REGS", KvmFdKind.Vcpu);
    }

    /// <summary>
    /// Segments, descriptor tables, control registers, EFER and the APIC base (KVM_GET_SREGS).
    /// </summary>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public kvm_sregs GetSpecialRegisters()
    {
        using Held<VcpuHandle> held = UseX64State("KVM_GET_SREGS");
        KvmException.ThrowIfError(
            handle.Fd.GetSregs(out kvm_sregs registers), "KVM_GET_SREGS", KvmFdKind.Vcpu);
        return registers;
    }

    /// <summary>
    /// Sets what <see cref="GetSpecialRegisters"/> gives: get it first, change it, set it (KVM_SET_SREGS).
    /// </summary>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void SetSpecialRegisters(in kvm_sregs registers)
    {
        using Held<VcpuHandle> held = UseX64State("KVM_SET_SREGS");
        KvmException.ThrowIfError(handle.Fd.SetSregs(in registers), "KVM_SET_SREGS", KvmFdKind.Vcpu);
    }

    /// <summary>
    /// What the guest's <c>cpuid</c> instruction answers (KVM_SET_CPUID2); to be set before it first runs.
    /// </summary>
    /// <param name="entries">Start from <see cref="Kvm.GetSupportedCpuid"/>, and change what the guest should
    /// see otherwise.</param>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void SetCpuid(KvmBuffer<kvm_cpuid2, kvm_cpuid_entry2> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        using Held<VcpuHandle> held = UseX64State("KVM_SET_CPUID2");
        KvmException.ThrowIfError(handle.Fd.SetCpuid2(entries), "KVM_SET_CPUID2", KvmFdKind.Vcpu);
    }

    private Held<VcpuHandle> UseX64State(string ioctl)
    {
        NeededArchitecture.Check(KvmArchitecture.X64, ioctl);
        return UseState(ioctl);
    }
}
