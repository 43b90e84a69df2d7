using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class Kvm
{
    /// <summary>
    /// The CPUID leaves that this host and its KVM can offer to a guest (KVM_GET_SUPPORTED_CPUID).
    /// </summary>
    /// <remarks><see cref="CpuidTable.From"/> makes of it what can be changed.</remarks>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    [KvmArchitectures(KvmArchitecture.X64)]
    public KvmBuffer<kvm_cpuid2, kvm_cpuid_entry2> GetSupportedCpuid()
    {
        NeededArchitecture.Check(KvmArchitecture.X64, "KVM_GET_SUPPORTED_CPUID");
        using Held<KvmHandle> held = new(handle);
        return CpuidCalls.Read("KVM_GET_SUPPORTED_CPUID", KvmFdKind.System, handle.Fd.GetSupportedCpuid);
    }

    /// <summary>
    /// The CPUID bits of what KVM emulates although the processor lacks it (KVM_GET_EMULATED_CPUID). It is
    /// slow; a guest is offered it by adding the bits.
    /// </summary>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    [KvmArchitectures(KvmArchitecture.X64)]
    public KvmBuffer<kvm_cpuid2, kvm_cpuid_entry2> GetEmulatedCpuid()
    {
        NeededArchitecture.Check(KvmArchitecture.X64, "KVM_GET_EMULATED_CPUID");
        using Held<KvmHandle> held = new(handle);
        return CpuidCalls.Read("KVM_GET_EMULATED_CPUID", KvmFdKind.System, handle.Fd.GetEmulatedCpuid);
    }
}
