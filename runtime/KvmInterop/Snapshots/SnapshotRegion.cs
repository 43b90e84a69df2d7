namespace KvmInterop;

/// <summary>A region of guest memory in a snapshot.</summary>
/// <param name="Address">The first guest-physical address.</param>
/// <param name="Size">Bytes.</param>
/// <param name="IsReadOnly">Whether the guest can only read it.</param>
public sealed record SnapshotRegion(ulong Address, ulong Size, bool IsReadOnly)
{
    /// <summary>Its file in the snapshot's folder: byte n of the region is byte n of the file.</summary>
    public required string File { get; init; }

    /// <summary>
    /// The pages that the file holds, where an incremental snapshot has not all of them; null for all.
    /// </summary>
    public IReadOnlyList<GuestPageRange>? Pages { get; init; }
}
