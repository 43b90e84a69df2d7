namespace KvmInterop;

/// <summary>How a <see cref="VcpuThread"/> is set up.</summary>
public sealed record VcpuThreadOptions
{
    /// <summary>What is the default: enough for devices, a sixteenth of what threads usually get.</summary>
    public const int DefaultStackSize = 256 * 1024;

    /// <summary>
    /// The thread's name, for debuggers, profilers and <c>top -H</c>; null for <c>vCPU N</c> with the vCPU's
    /// id. Linux shows its first 15 bytes.
    /// </summary>
    public string? Name { get; init; }

    /// <summary>
    /// The numbers of the host's processors that it may run on (<c>sched_setaffinity</c>); null for those of
    /// the thread that starts it.
    /// </summary>
    public IReadOnlyCollection<int>? Affinity { get; init; }

    /// <summary>
    /// Bytes of its stack, on which devices and handlers run too; 0 for what other threads get.
    /// </summary>
    public int StackSize { get; init; } = DefaultStackSize;

    /// <summary>Whether it waits for <see cref="VcpuThread.Resume"/> before its first run.</summary>
    public bool StartsParked { get; init; }
}
