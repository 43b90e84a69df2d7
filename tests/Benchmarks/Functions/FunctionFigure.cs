using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Mathematics;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace KvmInterop.Tests.Benchmarks.Functions;

/// <summary>A function that has nothing beside it, measured by BenchmarkDotNet in this process.</summary>
/// <param name="Type">The class with its [Benchmark].</param>
/// <param name="Method">That method's name.</param>
/// <param name="AllocatesNothing">Whether a managed byte is a failure.</param>
/// <param name="Parameter">The value of the class's one parameter, where it has one.</param>
/// <param name="Share">By how much one call is to be multiplied for what the name says.</param>
/// <param name="Slow">Whether a call takes so long that it is measured by itself.</param>
internal sealed record FunctionFigure(
    string Name, Type Type, string Method, bool AllocatesNothing, string? Missing = null,
    int? Parameter = null, double Share = 1, bool Slow = false)
    : Pair(Name, "C#", "", "ns", double.NaN, Missing)
{
    private static readonly TimeInterval Turn = TimeInterval.FromMilliseconds(50);

    public override PairResult Measure(int runs)
    {
        AccumulationLogger log = new();
        ManualConfig config = ManualConfig.CreateEmpty()
            .AddJob(Plan(runs))
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddLogger(log);
        BenchmarkRunInfo all = BenchmarkConverter.TypeToBenchmarks(Type, config);
        BenchmarkCase[] chosen = [.. all.BenchmarksCases.Where(IsThis)];
        Summary summary = BenchmarkRunner.Run(new BenchmarkRunInfo(chosen, Type, all.Config));
        BenchmarkReport? report = summary.Reports.SingleOrDefault(each => each.Success);
        if (report?.ResultStatistics is not { } statistics)
        {
            throw new InvalidOperationException($"{Name}: {ReasonOf(summary, log.GetLog())}");
        }

        double allocated = (report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0) * Share;
        if (AllocatesNothing && allocated > 0)
        {
            throw new InvalidOperationException($"{Name}: {allocated} bytes are allocated for each.");
        }

        return new PairResult(
            this, new Samples(Values(statistics), new Series([])), Samples.None, double.NaN, double.NaN,
            allocated);
    }

    private Series Values(Statistics statistics) =>
        new(statistics.OriginalValues.Select(value => value * Share));

    // A call of seconds is warmed up by its first; other code takes some to be compiled in its last form.
    private Job Plan(int runs)
    {
        Job job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithIterationCount(runs);
        return Slow
            ? job.WithStrategy(RunStrategy.Monitoring).WithWarmupCount(1).WithInvocationCount(1)
                .WithUnrollFactor(1)
            : job.WithWarmupCount(10).WithIterationTime(Turn);
    }

    private bool IsThis(BenchmarkCase each) =>
        each.Descriptor.WorkloadMethod.Name == Method
        && (Parameter is null || each.Parameters.Items.Any(item => Equals(item.Value, Parameter)));

    private static string ReasonOf(Summary summary, string log) => string.Join(
        ' ',
        summary.ValidationErrors.Select(error => error.Message)
            .Concat(log.Split('\n').Where(line => line.Contains("Exception", StringComparison.Ordinal)))
            .DefaultIfEmpty("BenchmarkDotNet has no result and no reason for it"));
}
