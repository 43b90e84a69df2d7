namespace KvmInterop.Tests.Benchmarks;

/// <summary>
/// Two small programs, each started anew in turn, from the start of the process to its end. Nothing but the
/// start itself is between: what .NET's Process does besides is longer than a program in C.
/// </summary>
/// <param name="NoKernel">Whether KVM_RUN is a function in both (<c>C/nokernel</c>).</param>
internal sealed record SpawnPair(
    string Name, Spawnable Our, Spawnable Their, double Goal, string? Missing, bool NoKernel = false)
    : Pair(Name, Our.Label, Their.Label, "us", Goal, Missing)
{
    private const int TurnsPerRun = 4;
    private const int WarmUpTurns = 3;

    public override PairResult Measure(int runs)
    {
        string ours = Our.Prepare();
        string theirs = Their.Prepare();
        string? preload = NoKernel ? CompiledLoops.BuildNoKernel() : null;
        var turns = new List<(SpawnOutcome Ours, SpawnOutcome Theirs)>();
        for (int i = 0; i < WarmUpTurns + (runs * TurnsPerRun); i++)
        {
            turns.Add((Run(ours, Our, preload), Run(theirs, Their, preload)));
        }

        // The first ones fill the file cache.
        turns.RemoveRange(0, WarmUpTurns);
        return new PairResult(
            this,
            Samples.Of([.. turns.Select(turn => (turn.Ours.Elapsed, turn.Ours.Processor))]),
            Samples.Of([.. turns.Select(turn => (turn.Theirs.Elapsed, turn.Theirs.Processor))]),
            new Series(turns.Select(turn => turn.Ours.Elapsed / turn.Theirs.Elapsed)).Median,
            new Series(turns.Select(turn => turn.Ours.Processor / turn.Theirs.Processor)).Median);
    }

    // Checked each time: a program that fails is fast.
    private static SpawnOutcome Run(string program, Spawnable what, string? preload)
    {
        SpawnOutcome outcome = Spawn.Run(program, preload);
        return outcome.Output == what.Output && outcome.Status == 0
            ? outcome
            : throw new InvalidOperationException(
                $"{program} ended with status {outcome.Status} and printed '{outcome.Output}'.");
    }
}

/// <summary>A program without arguments.</summary>
/// <param name="Label">What it is called in reports.</param>
/// <param name="Output">What it prints when all is well.</param>
/// <param name="Prepare">Makes it, and says which file it is.</param>
internal sealed record Spawnable(string Label, string Output, Func<string> Prepare);
