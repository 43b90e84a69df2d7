namespace KvmInterop;

/// <summary>How KVM tells which pages a guest wrote.</summary>
public enum DirtyTrackingMethod
{
    /// <summary>
    /// The ring where <see cref="Vm.EnableDirtyRing"/> was called; otherwise <see cref="ManualProtect"/>
    /// where this kernel has it, and <see cref="Log"/> where not.
    /// </summary>
    Automatic,

    /// <summary>
    /// KVM_GET_DIRTY_LOG, which protects the pages it reports against further writes in the same call.
    /// </summary>
    Log,

    /// <summary>
    /// KVM_GET_DIRTY_LOG, and KVM_CLEAR_DIRTY_LOG for the parts that have dirty pages: KVM holds its locks
    /// for a shorter time (KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2).
    /// </summary>
    ManualProtect,

    /// <summary>
    /// A ring of addresses for each vCPU: what a harvest costs depends on the number of dirty pages, not on
    /// the size of memory (KVM_CAP_DIRTY_LOG_RING, KVM_CAP_DIRTY_LOG_RING_ACQ_REL).
    /// </summary>
    Ring,
}
