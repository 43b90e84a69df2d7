using KvmInterop.Native;
using KvmInterop.Native.Arm64;

namespace KvmInterop;

public sealed partial class Vcpu
{
    /// <summary>
    /// What is on its way to an arm64 vCPU: an SError and its syndrome (KVM_GET_VCPU_EVENTS).
    /// </summary>
    /// <remarks>Needs KVM_CAP_VCPU_EVENTS.</remarks>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    /// <exception cref="PlatformNotSupportedException">This is not an arm64 process.</exception>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    [KvmArchitectures(KvmArchitecture.Arm64)]
    public kvm_vcpu_events GetArm64Events()
    {
        NeededArchitecture.Check(KvmArchitecture.Arm64, "KVM_GET_VCPU_EVENTS");
        using Held<VcpuHandle> held = UseState("KVM_GET_VCPU_EVENTS");
        KvmException.ThrowIfError(
            handle.Fd.GetVcpuEvents(out kvm_vcpu_events events), "KVM_GET_VCPU_EVENTS", KvmFdKind.Vcpu);
        return events;
    }

    /// <summary>Sets what is on its way to an arm64 vCPU (KVM_SET_VCPU_EVENTS).</summary>
    /// <inheritdoc cref="GetArm64Events"/>
    [KvmArchitectures(KvmArchitecture.Arm64)]
    public void SetArm64Events(in kvm_vcpu_events events)
    {
        NeededArchitecture.Check(KvmArchitecture.Arm64, "KVM_SET_VCPU_EVENTS");
        using Held<VcpuHandle> held = UseState("KVM_SET_VCPU_EVENTS");
        KvmException.ThrowIfError(
            handle.Fd.SetVcpuEvents(in events), "KVM_SET_VCPU_EVENTS", KvmFdKind.Vcpu);
    }

    [KvmArchitectures(KvmArchitecture.Arm64)]
    internal void SaveArm64Events(StateSections state)
    {
        if (handle.Vm.CheckExtension(KvmCapability.KVM_CAP_VCPU_EVENTS) != 0)
        {
            state.Add(StateSection.Arm64Events, GetArm64Events());
        }
    }

    [KvmArchitectures(KvmArchitecture.Arm64)]
    internal Action? PrepareArm64Events(StateSections state)
    {
        if (!state.Has(StateSection.Arm64Events))
        {
            return null;
        }

        if (handle.Vm.CheckExtension(KvmCapability.KVM_CAP_VCPU_EVENTS) == 0)
        {
            throw new StateException(
                $"the saved state of vCPU {Id} needs KVM_CAP_VCPU_EVENTS, which this kernel lacks: restore "
                + "it on "
                + "one that has it");
        }

        kvm_vcpu_events events = state.Get<kvm_vcpu_events>(StateSection.Arm64Events);
        return () => SetArm64Events(in events);
    }
}
