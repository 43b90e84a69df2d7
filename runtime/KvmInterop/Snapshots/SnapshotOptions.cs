namespace KvmInterop;

/// <summary>How a snapshot is written or read.</summary>
public sealed record SnapshotOptions
{
    /// <summary>Told of the bytes of memory that are done, on the calling thread, about once a MiB.</summary>
    public Action<SnapshotProgress>? Progress { get; init; }

    /// <summary>
    /// Files are on the disk, and not only on their way there, before the snapshot has its name (fsync).
    /// </summary>
    public bool FlushToDisk { get; init; } = true;

    internal static SnapshotOptions Default { get; } = new();
}
