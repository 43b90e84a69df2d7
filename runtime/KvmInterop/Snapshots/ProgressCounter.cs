namespace KvmInterop;

/// <summary>Counts bytes that are done, tells of them, and ends the work when it is cancelled.</summary>
internal sealed class ProgressCounter(
    IEnumerable<SnapshotRegion> regions, SnapshotOptions options, CancellationToken token)
{
    private readonly ulong total = regions.Aggregate(0ul, (sum, region) => sum + SizeOf(region));
    private ulong done;

    /// <exception cref="OperationCanceledException">It is.</exception>
    internal void Check() => token.ThrowIfCancellationRequested();

    internal void Add(ulong bytes)
    {
        done += bytes;
        options.Progress?.Invoke(new SnapshotProgress(done, total));
    }

    // A total is no address: what a manifest claims may overflow, and is told of as it is.
    private static ulong SizeOf(SnapshotRegion region) => region.Pages is null
        ? region.Size
        : region.Pages.Aggregate(0ul, (sum, range) => sum + range.Size);
}
