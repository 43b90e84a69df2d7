using System.Diagnostics;

namespace KvmInterop.Tests.Benchmarks;

/// <summary>Whole programs, each run to its end, in turn: what changes on the machine meets both.</summary>
internal sealed record ProcessPair(
    string Name, Workload OurWork, Workload TheirWork, double Goal, string? Missing)
    : Pair(Name, OurWork.Label, TheirWork.Label, "ms", Goal, Missing)
{
    public override PairResult Measure(int runs)
    {
        OurWork.Prepare?.Invoke();
        TheirWork.Prepare?.Invoke();

        // The first run of each fills the file cache and is not counted.
        Measure(OurWork);
        Measure(TheirWork);
        var measuredOurs = new List<(double Elapsed, double Processor)>();
        var measuredTheirs = new List<(double Elapsed, double Processor)>();
        for (int i = 0; i < runs; i++)
        {
            measuredOurs.Add(Measure(OurWork));
            measuredTheirs.Add(Measure(TheirWork));
        }

        Samples ours = Samples.Of(measuredOurs);
        Samples theirs = Samples.Of(measuredTheirs);
        return new PairResult(
            this,
            ours,
            theirs,
            ours.Elapsed.Median / theirs.Elapsed.Median,
            ours.Processor.Median / theirs.Processor.Median);
    }

    private static (double Elapsed, double Processor) Measure(Workload workload)
    {
        TimeSpan processor = ChildProcesses.ProcessorTime;
        long start = Stopwatch.GetTimestamp();
        foreach (ProcessCommand command in workload.Commands)
        {
            command.Execute();
        }

        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        return (elapsed.TotalMilliseconds, (ChildProcesses.ProcessorTime - processor).TotalMilliseconds);
    }
}

/// <summary>Programs that are run one after the other, each to its end.</summary>
/// <param name="Label">What it is called in reports.</param>
/// <param name="Prepare">What must be there before the first run and is not measured.</param>
internal sealed record Workload(string Label, IReadOnlyList<ProcessCommand> Commands, Action? Prepare = null);
