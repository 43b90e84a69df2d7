using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class Vcpu
{
    /// <summary>
    /// Takes the VM's coalesced writes to their devices, on this thread; see <see cref="Vm.Coalesce"/>. For
    /// any thread, at any time: a display would do so before it draws, for a guest that makes no exits.
    /// </summary>
    /// <remarks>
    /// The ring is seen through this vCPU's mapping, and has the writes of all. Returns when those are
    /// delivered that were there at the call. On a disposed vCPU it does nothing.
    /// </remarks>
    public void DeliverCoalescedWrites()
    {
        if (!handle.TryAddReference())
        {
            return;
        }

        try
        {
            handle.Vm.Coalesced?.Deliver(handle);
        }
        finally
        {
            handle.DangerousRelease();
        }
    }
}
