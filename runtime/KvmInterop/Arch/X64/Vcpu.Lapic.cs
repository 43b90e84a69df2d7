using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class Vcpu
{
    /// <summary>
    /// The registers of the local APIC that the kernel emulates, as they lie in its page (KVM_GET_LAPIC).
    /// </summary>
    /// <remarks>
    /// A register is at its offset: <see cref="LapicRegisters"/>. Where KVM_CAP_X2APIC_API is off, the id is
    /// in the top 8 bits of its register in x2APIC mode as well.
    /// </remarks>
    /// <exception cref="KvmException">The ioctl failed: EINVAL, the VM has no interrupt controller in the
    /// kernel.</exception>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public kvm_lapic_state GetLapic()
    {
        using Held<VcpuHandle> held = UseX64State("KVM_GET_LAPIC");
        KvmException.ThrowIfError(
            handle.Fd.GetLapic(out kvm_lapic_state state), "KVM_GET_LAPIC", KvmFdKind.Vcpu);
        return state;
    }

    /// <summary>Sets all registers of the local APIC (KVM_SET_LAPIC).</summary>
    /// <remarks>
    /// After <see cref="SetSpecialRegisters"/>, whose <c>apic_base</c> switches the APIC between its modes.
    /// </remarks>
    /// <inheritdoc cref="GetLapic"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void SetLapic(in kvm_lapic_state state)
    {
        using Held<VcpuHandle> held = UseX64State("KVM_SET_LAPIC");
        KvmException.ThrowIfError(handle.Fd.SetLapic(in state), "KVM_SET_LAPIC", KvmFdKind.Vcpu);
    }
}
