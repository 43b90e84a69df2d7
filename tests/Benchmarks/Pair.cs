using KvmInterop.Tests.Benchmarks.Scale;

namespace KvmInterop.Tests.Benchmarks;

/// <summary>Two ways to do the same thing, to be measured in turn.</summary>
/// <param name="Name">What is done.</param>
/// <param name="Ours">What the side is called whose time is divided.</param>
/// <param name="Theirs">What the side is called that it is divided by.</param>
/// <param name="Unit">Of the times: ms or ns.</param>
/// <param name="Goal">The ratio to reach; below 1 is faster than the other.</param>
/// <param name="Missing">Why it cannot be measured here and what to do about it; null where it can.</param>
internal abstract record Pair(
    string Name, string Ours, string Theirs, string Unit, double Goal, string? Missing)
{
    /// <param name="runs">How often the user wants each side measured.</param>
    public abstract PairResult Measure(int runs);
}

/// <summary>What came of a pair; without samples where <see cref="Pair.Missing"/> says why.</summary>
/// <param name="Ratio">By elapsed time: what a person waits.</param>
/// <param name="ProcessorRatio">By processor time, which other work on the machine disturbs less.</param>
/// <param name="Allocated">Managed bytes for each operation of ours, where that is measured.</param>
/// <param name="Remark">What else belongs to the figures.</param>
internal sealed record PairResult(
    Pair Pair, Samples Ours, Samples Theirs, double Ratio, double ProcessorRatio, double? Allocated = null,
    string? Remark = null)
{
    public static PairResult Missing(Pair pair, string reason) =>
        new(pair with { Missing = reason }, Samples.None, Samples.None, double.NaN, double.NaN);
}

/// <summary>All measurements of one side.</summary>
internal sealed record Samples(Series Elapsed, Series Processor)
{
    public static Samples None { get; } = new(new Series([]), new Series([]));

    public static Samples Of(IReadOnlyCollection<(double Elapsed, double Processor)> measured) =>
        new(new Series(measured.Select(m => m.Elapsed)), new Series(measured.Select(m => m.Processor)));
}

/// <param name="Machine">Processor, cores, kernel and runtime.</param>
/// <param name="Release">Version and commit of KvmInterop.</param>
/// <param name="Scales">How figures grow.</param>
internal sealed record BenchmarkRun(
    string Machine, string Release, DateTimeOffset When, int Runs, IReadOnlyList<PairResult> Results,
    IReadOnlyList<ScaleResult> Scales);
