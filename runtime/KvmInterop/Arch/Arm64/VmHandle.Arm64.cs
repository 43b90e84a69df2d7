using KvmInterop.Native.Arm64;

namespace KvmInterop.Native;

internal sealed partial class VmHandle
{
    [KvmArchitectures(KvmArchitecture.Arm64)]
    internal kvm_vcpu_init GetPreferredTarget()
    {
        KvmException.ThrowIfError(
            Fd.ArmPreferredTarget(out kvm_vcpu_init target), "KVM_ARM_PREFERRED_TARGET", KvmFdKind.Vm);
        return target;
    }
}
