using KvmInterop.Tests.Benchmarks.Loops;

namespace KvmInterop.Tests.Benchmarks;

/// <summary>A loop that has nothing beside it: its time, and what it allocates.</summary>
/// <param name="Loop">Its name in <see cref="LoopProgram"/>.</param>
/// <param name="Count">How many at a time.</param>
/// <param name="AllocatesNothing">Whether a managed byte is a failure.</param>
internal sealed record LoopFigure(string Name, string Loop, int Count, bool AllocatesNothing, string? Missing)
    : Pair(Name, "C#", "", "ns", double.NaN, Missing)
{
    public override PairResult Measure(int runs)
    {
        using LoopProcess ours = new(Environment.ProcessPath!, LoopProgram.Verb);
        LoopPair.WarmUp(ours, Loop, Count);
        LoopTimes[] turns = [.. Enumerable.Range(0, runs).Select(_ => ours.Run(Loop, Count))];
        double allocated = new Series(turns.Select(turn => turn.Allocated)).Median;
        if (AllocatesNothing && allocated > 0)
        {
            throw new InvalidOperationException($"{Name}: {allocated} bytes are allocated for each.");
        }

        return new PairResult(
            this, Samples.Of([.. turns.Select(turn => (turn.Elapsed, turn.Processor))]), Samples.None,
            double.NaN, double.NaN, allocated);
    }
}
