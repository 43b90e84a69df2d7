namespace KvmInterop;

/// <summary>Why the threads of a <see cref="VcpuGroup"/> ended.</summary>
/// <param name="Thread">The one whose stop ended the group, or that ended last; null when the group was
/// stopped from outside, by <see cref="VcpuGroup.Stop()"/>, its Dispose or a token, or by a device on another
/// thread than a vCPU's.</param>
/// <param name="Stop">The stop of that thread; <see cref="VcpuStop.Requested"/> from outside.</param>
public sealed record VcpuGroupResult(VcpuThread? Thread, VcpuStop Stop)
{
    internal static VcpuGroupResult FromOutside { get; } = new(null, new VcpuStop.Requested());

    /// <summary>One sentence.</summary>
    public override string ToString() => Thread is not null ? $"{Thread}: {Stop}"
        : Stop is VcpuStop.Requested ? "the group was asked to stop"
        : $"{Stop}";
}
