using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class Vcpu
{
    /// <summary>
    /// Empties the dirty rings of all the VM's vCPUs into the tracker's notes (KVM_RESET_DIRTY_RINGS): what a
    /// loop of one's own does at KVM_EXIT_DIRTY_RING_FULL, before the next KVM_RUN. For any thread.
    /// </summary>
    /// <remarks>Without <see cref="Vm.EnableDirtyRing"/> it does nothing.</remarks>
    /// <returns>
    /// False where the vCPU must not run again: a KVM that emulates the guest's instructions may overfill a
    /// ring that is too small, which then stays full. Every page counts as dirty from there on.
    /// </returns>
    /// <exception cref="ObjectDisposedException">The vCPU is disposed.</exception>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    public bool CollectDirtyRings()
    {
        using Held<VcpuHandle> held = new(handle);
        return handle.Vm.DirtyRings?.Collect(handle.Vm) ?? true;
    }
}
