namespace KvmInterop;

/// <summary>Why the threads of a <see cref="VcpuGroup"/> ended.</summary>
/// <param name="Thread">The one whose stop ended the group, or that ended last; null when the group was
/// stopped from outside, by <see cref="VcpuGroup.Stop"/>, its Dispose or a token.</param>
/// <param name="Stop">The stop of that thread; <see cref="VcpuStop.Requested"/> from outside.</param>
public sealed record VcpuGroupResult(VcpuThread? Thread, VcpuStop Stop)
{
    internal static VcpuGroupResult FromOutside { get; } = new(null, new VcpuStop.Requested());

    /// <summary>One sentence.</summary>
    public override string ToString() => Thread is null ? "the group was asked to stop" : $"{Thread}: {Stop}";
}
