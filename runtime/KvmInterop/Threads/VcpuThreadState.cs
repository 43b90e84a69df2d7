namespace KvmInterop;

/// <summary>What a <see cref="VcpuThread"/> does.</summary>
public enum VcpuThreadState
{
    /// <summary>Its group is not started, or it sets itself up.</summary>
    NotStarted,

    /// <summary>It runs the guest, a device, a handler of exits or the stop handler, or is about to.</summary>
    Running,

    /// <summary>
    /// It waits outside of its run, with nothing half-way, for the end of a pause or for
    /// <see cref="VcpuThread.Resume"/>. Any thread may use the vCPU's state.
    /// </summary>
    Parked,

    /// <summary>It has ended. Any thread may use the vCPU's state.</summary>
    Ended,
}
