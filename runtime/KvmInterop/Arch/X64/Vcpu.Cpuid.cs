using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class Vcpu
{
    /// <summary>What the guest's <c>cpuid</c> instruction answers (KVM_GET_CPUID2).</summary>
    /// <remarks>
    /// KVM itself keeps a few bits up to date that depend on registers: OSXSAVE, the APIC's enabled bit, the
    /// size of the XSAVE area.
    /// </remarks>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public CpuidTable GetCpuid()
    {
        using Held<VcpuHandle> held = UseX64State("KVM_GET_CPUID2");
        return CpuidTable.From(CpuidCalls.Read("KVM_GET_CPUID2", KvmFdKind.Vcpu, handle.Fd.GetCpuid2));
    }

    /// <inheritdoc cref="SetCpuid(KvmBuffer{kvm_cpuid2, kvm_cpuid_entry2})"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void SetCpuid(CpuidTable entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        SetCpuid(entries.ToBuffer());
    }
}
