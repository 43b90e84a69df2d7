using KvmInterop.Tests.Benchmarks;
using KvmInterop.Tests.Benchmarks.Reports;

namespace KvmInterop.Tests.Harness.Bench;

/// <summary>Runs of the bench with figures that nobody measured.</summary>
internal static class Runs
{
    public const string Machine = "a processor, 2 cores, Linux, .NET";
    public const string Release = "0.1.0+first";

    public static BenchmarkRun Of(params PairResult[] results) =>
        new(Machine, Release, new DateTimeOffset(2026, 11, 26, 15, 30, 0, TimeSpan.Zero), 3, results, []);

    public static PairResult Measured(
        string name, double[] ours, double[]? theirs = null, double? allocated = null, string unit = "ns")
    {
        Samples own = Samples.Of([.. ours.Select(value => (value, value / 2))]);
        Samples other = theirs is null
            ? Samples.None
            : Samples.Of([.. theirs.Select(value => (value, value / 2))]);
        double ratio = own.Elapsed.Median / other.Elapsed.Median;
        return new PairResult(new Thing(name, unit, null), own, other, ratio, ratio, allocated);
    }

    public static PairResult NotMeasured(string name, string reason) =>
        PairResult.Missing(new Thing(name, "ns", null), reason);

    /// <summary>Through a file, as <c>--save</c> and <c>--compare</c> do it.</summary>
    public static SavedRun Saved(BenchmarkRun run)
    {
        using TemporaryFile file = new();
        JsonReport.Write(run, file.Path);
        return SavedRun.Read(file.Path);
    }

    private sealed record Thing(string Name, string Unit, string? Missing)
        : Pair(Name, "ours", "theirs", Unit, 1.5, Missing)
    {
        public override PairResult Measure(int runs) => throw new NotSupportedException();
    }
}

/// <summary>The name of a file that is there no longer than the test.</summary>
internal sealed class TemporaryFile : IDisposable
{
    public string Path { get; } = System.IO.Path.Combine(
        System.IO.Path.GetTempPath(), System.IO.Path.GetRandomFileName());

    public TemporaryFile Containing(string text)
    {
        File.WriteAllText(Path, text);
        return this;
    }

    public void Dispose() => File.Delete(Path);
}
