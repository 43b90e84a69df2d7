using KvmInterop.Native;
using KvmInterop.Native.Arm64;

namespace KvmInterop;

public sealed partial class Vm
{
    /// <summary>The processor that vCPUs of this host are best made (KVM_ARM_PREFERRED_TARGET).</summary>
    /// <remarks>
    /// Add the features that are wanted, and give it to <see cref="Vcpu.Initialize(in kvm_vcpu_init)"/>.
    /// </remarks>
    /// <exception cref="PlatformNotSupportedException">This is not an arm64 process.</exception>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    [KvmArchitectures(KvmArchitecture.Arm64)]
    public kvm_vcpu_init GetPreferredTarget()
    {
        NeededArchitecture.Check(KvmArchitecture.Arm64, "KVM_ARM_PREFERRED_TARGET");
        using Held<VmHandle> held = new(handle);
        return handle.GetPreferredTarget();
    }
}
