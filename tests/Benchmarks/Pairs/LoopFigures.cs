namespace KvmInterop.Tests.Benchmarks.Pairs;

/// <summary>What has no counterpart in C here, in nanoseconds for each.</summary>
internal static class LoopFigures
{
    public static IEnumerable<Pair> All() =>
    [
        new LoopFigure("serial output, a byte", "serial", 100_000, true, null),
        new LoopFigure("guest memory, a number read", "memory-read", 100_000, true, null),
        new LoopFigure("guest memory, a page copied", "memory-copy", 10_000, true, null),
        new LoopFigure(
            "dirty log of 4 GiB, one page dirty", "dirty-scan", 1, false, CompiledLoops.WithoutMachine),
        new LoopFigure(
            "snapshot of 64 MiB saved", "snapshot-save", 1, false, CompiledLoops.WithoutMachine),
    ];
}
