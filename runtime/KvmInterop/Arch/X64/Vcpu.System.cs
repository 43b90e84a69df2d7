using KvmInterop.Native;
using KvmInterop.Native.X64;

namespace KvmInterop;

public sealed partial class Vcpu
{
    /// <summary>
    /// As <see cref="GetSpecialRegisters"/>, with the page-directory pointers that the processor has loaded
    /// in PAE paging, and without an interrupt that waits (KVM_GET_SREGS2): that is among
    /// <see cref="GetEvents"/>.
    /// </summary>
    /// <remarks>Needs KVM_CAP_SREGS2 (Linux 5.14).</remarks>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public kvm_sregs2 GetSpecialRegisters2()
    {
        using Held<VcpuHandle> held = UseX64State("KVM_GET_SREGS2");
        KvmException.ThrowIfError(
            handle.Fd.GetSregs2(out kvm_sregs2 registers), "KVM_GET_SREGS2", KvmFdKind.Vcpu);
        return registers;
    }

    /// <summary>
    /// Sets what <see cref="GetSpecialRegisters2"/> gives: get it first, change it, set it (KVM_SET_SREGS2).
    /// </summary>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void SetSpecialRegisters2(in kvm_sregs2 registers)
    {
        using Held<VcpuHandle> held = UseX64State("KVM_SET_SREGS2");
        KvmException.ThrowIfError(handle.Fd.SetSregs2(in registers), "KVM_SET_SREGS2", KvmFdKind.Vcpu);
    }

    /// <summary>The guest's debug registers DR0 to DR3, DR6 and DR7 (KVM_GET_DEBUGREGS).</summary>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public kvm_debugregs GetDebugRegisters()
    {
        using Held<VcpuHandle> held = UseX64State("KVM_GET_DEBUGREGS");
        KvmException.ThrowIfError(
            handle.Fd.GetDebugregs(out kvm_debugregs registers), "KVM_GET_DEBUGREGS", KvmFdKind.Vcpu);
        return registers;
    }

    /// <summary>Sets the guest's debug registers (KVM_SET_DEBUGREGS).</summary>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void SetDebugRegisters(in kvm_debugregs registers)
    {
        using Held<VcpuHandle> held = UseX64State("KVM_SET_DEBUGREGS");
        KvmException.ThrowIfError(
            handle.Fd.SetDebugregs(in registers), "KVM_SET_DEBUGREGS", KvmFdKind.Vcpu);
    }

    /// <summary>
    /// What is on its way to the vCPU: exceptions, interrupts, NMIs, SMIs, INIT, SIPI, a triple fault
    /// (KVM_GET_VCPU_EVENTS). <c>flags</c> says which members are valid (KVM_VCPUEVENT_VALID_*).
    /// </summary>
    /// <remarks>Other vCPUs of the VM must not run meanwhile, because they can add to it.</remarks>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public kvm_vcpu_events GetEvents()
    {
        using Held<VcpuHandle> held = UseX64State("KVM_GET_VCPU_EVENTS");
        KvmException.ThrowIfError(
            handle.Fd.GetVcpuEvents(out kvm_vcpu_events events), "KVM_GET_VCPU_EVENTS", KvmFdKind.Vcpu);
        return events;
    }

    /// <summary>Sets what is on its way to the vCPU (KVM_SET_VCPU_EVENTS).</summary>
    /// <param name="events">
    /// <c>flags</c> chooses which of the optional members are taken: a pending NMI and the SIPI vector, for
    /// one, may have changed since they were read.
    /// </param>
    /// <remarks>After <see cref="SetRegisters"/>, which drops a pending exception.</remarks>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void SetEvents(in kvm_vcpu_events events)
    {
        using Held<VcpuHandle> held = UseX64State("KVM_SET_VCPU_EVENTS");
        KvmException.ThrowIfError(
            handle.Fd.SetVcpuEvents(in events), "KVM_SET_VCPU_EVENTS", KvmFdKind.Vcpu);
    }

    /// <summary>Sets how many machine-check banks the vCPU has and what they can (KVM_X86_SETUP_MCE). Before, it has as
    /// many as KVM knows, which can nothing.</summary>
    /// <param name="capabilities">The value of its MCG_CAP register: the number of banks in the low 8 bits,
    /// and of <see cref="Kvm.GetMachineCheckCapabilities"/> what the guest should have.</param>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void SetUpMachineChecks(ulong capabilities)
    {
        using Held<VcpuHandle> held = UseX64State("KVM_X86_SETUP_MCE");
        KvmException.ThrowIfError(
            handle.Fd.X86SetupMce(in capabilities), "KVM_X86_SETUP_MCE", KvmFdKind.Vcpu,
            $"capabilities 0x{capabilities:x}");
    }
}
