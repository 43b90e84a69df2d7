using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class Vcpu
{
    private const KvmArchitecture WithMpState = KvmArchitecture.X64 | KvmArchitecture.Arm64
        | KvmArchitecture.RiscV64 | KvmArchitecture.S390x | KvmArchitecture.LoongArch64;

    /// <summary>Whether the vCPU runs, halts or waits to be started (KVM_GET_MP_STATE).</summary>
    /// <remarks>
    /// On x86 an interrupt controller in the kernel is needed for any other state than
    /// KVM_MP_STATE_RUNNABLE.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    [KvmArchitectures(WithMpState)]
    public KvmMpState GetMpState()
    {
        using Held<VcpuHandle> held = UseState("KVM_GET_MP_STATE");
        KvmException.ThrowIfError(
            handle.Fd.GetMpState(out kvm_mp_state state), "KVM_GET_MP_STATE", KvmFdKind.Vcpu, $"vCPU {Id}");
        return (KvmMpState)state.mp_state;
    }

    /// <summary>Sets whether the vCPU runs, halts or waits to be started (KVM_SET_MP_STATE).</summary>
    /// <param name="state">One that the architecture has. KVM_MP_STATE_RUNNABLE starts a secondary processor
    /// of x86 with the registers that were set for it, without INIT and SIPI.</param>
    /// <inheritdoc cref="GetMpState"/>
    /// <exception cref="KvmException">The ioctl failed: EINVAL, this vCPU cannot have that state.</exception>
    [KvmArchitectures(WithMpState)]
    public void SetMpState(KvmMpState state)
    {
        using Held<VcpuHandle> held = UseState("KVM_SET_MP_STATE");
        kvm_mp_state wanted = new() { mp_state = (uint)state };
        KvmException.ThrowIfError(
            handle.Fd.SetMpState(in wanted), "KVM_SET_MP_STATE", KvmFdKind.Vcpu, $"vCPU {Id}, {state}");
    }

    /// <summary>
    /// Tells the guest's clock that the vCPU was paused (KVM_KVMCLOCK_CTRL), so that the guest's watchdogs do
    /// not take the time for a hang.
    /// </summary>
    internal void TellGuestOfPause()
    {
        if (KvmHost.Architecture != KvmArchitecture.X64 || !handle.TryAddReference())
        {
            return;
        }

        // A guest without kvmclock gives EINVAL, a kernel without the ioctl ENOTTY: there is nobody to tell.
        _ = handle.Fd.KvmclockCtrl();
        handle.DangerousRelease();
    }
}
