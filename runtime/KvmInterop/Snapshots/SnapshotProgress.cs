namespace KvmInterop;

/// <summary>How far a snapshot is.</summary>
/// <param name="Done">Bytes of guest memory that are looked at.</param>
/// <param name="Total">Bytes of guest memory in all.</param>
public readonly record struct SnapshotProgress(ulong Done, ulong Total);
