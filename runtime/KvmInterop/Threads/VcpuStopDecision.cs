namespace KvmInterop;

/// <summary>What becomes of a vCPU's thread whose <see cref="RunLoop"/> came back.</summary>
public enum VcpuStopDecision
{
    /// <summary>
    /// As without a stop handler: a halt (<see cref="VcpuStop.Halted"/>) and a <see cref="RunLoop.Stop()"/>
    /// (<see cref="VcpuStop.Requested"/>) end this thread, everything else ends the group.
    /// </summary>
    Default,

    /// <summary>Run on.</summary>
    Resume,

    /// <summary>
    /// Wait until <see cref="VcpuThread.Resume"/>. Others may use the vCPU's state meanwhile.
    /// </summary>
    Park,

    /// <summary>End this thread. The group ends with the last of them.</summary>
    EndThis,

    /// <summary>End all threads of the group, with this stop as the group's result.</summary>
    EndGroup,
}
