namespace KvmInterop.Tests.Benchmarks;

/// <summary>Two ways to do the same thing, to be measured in turn.</summary>
/// <param name="Name">What is done.</param>
/// <param name="Ours">The side whose time is divided.</param>
/// <param name="Theirs">The side it is divided by.</param>
/// <param name="Goal">The ratio to reach; below 1 is faster than the other.</param>
/// <param name="Missing">Why it cannot be measured here and what to do about it; null where it can.</param>
internal sealed record Pair(string Name, Workload Ours, Workload Theirs, double Goal, string? Missing);

/// <summary>Programs that are run one after the other, each to its end.</summary>
/// <param name="Label">What it is called in reports.</param>
/// <param name="Prepare">What must be there before the first run and is not measured.</param>
internal sealed record Workload(string Label, IReadOnlyList<ProcessCommand> Commands, Action? Prepare = null);

/// <summary>A program with its arguments and what is added to its environment.</summary>
internal sealed record ProcessCommand(
    string Program, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string>? Environment = null);

/// <summary>What came of a pair; without samples where <see cref="Pair.Missing"/> says why.</summary>
internal sealed record PairResult(Pair Pair, Samples Ours, Samples Theirs)
{
    /// <summary>By elapsed time: what a person waits.</summary>
    public double Ratio => Ours.Elapsed.Median / Theirs.Elapsed.Median;

    /// <summary>By processor time, which other work on the machine disturbs less.</summary>
    public double ProcessorRatio => Ours.Processor.Median / Theirs.Processor.Median;
}

/// <summary>All measurements of one side.</summary>
internal sealed record Samples(Series Elapsed, Series Processor)
{
    public static Samples None { get; } = new(new Series([]), new Series([]));
}

/// <param name="Machine">Processor, cores, kernel and runtime.</param>
internal sealed record BenchmarkRun(
    string Machine, DateTimeOffset When, int Runs, IReadOnlyList<PairResult> Results);
