namespace KvmInterop.Tests.Benchmarks.Reports;

/// <summary>How a figure has changed.</summary>
internal enum Change
{
    /// <summary>The middle halves of both series overlap: it may be the machine.</summary>
    WithinSpread,
    Faster,
    Slower,

    /// <summary>It is in one of the runs only, or in another unit.</summary>
    NotComparable,
}

/// <summary>One figure in a saved run and in a new one.</summary>
/// <param name="Old">Null where the saved run has none.</param>
/// <param name="New">Null where the new run has none.</param>
internal sealed record ComparedFigure(string Name, SavedResult? Old, SavedResult? New)
{
    public Change Change => (Old, New) switch
    {
        ({ Elapsed: var before }, { Elapsed: var now }) when Old.Unit == New.Unit => Compare(before, now),
        _ => Change.NotComparable,
    };

    /// <summary>New by old; NaN where they cannot be compared.</summary>
    public double Factor =>
        Change == Change.NotComparable ? double.NaN : New!.Elapsed.Median / Old!.Elapsed.Median;

    private static Change Compare(Series before, Series now)
    {
        if (now.LowerQuartile > before.UpperQuartile)
        {
            return Change.Slower;
        }

        return now.UpperQuartile < before.LowerQuartile ? Change.Faster : Change.WithinSpread;
    }
}

/// <summary>A saved run beside a new one.</summary>
/// <param name="Remarks">What makes times of the two incomparable, in sentences.</param>
internal sealed record Comparison(
    SavedRun Old, BenchmarkRun New, IReadOnlyList<ComparedFigure> Figures, IReadOnlyList<string> Remarks)
{
    /// <summary>All figures of the new run, then what only the saved one has.</summary>
    public static Comparison Of(SavedRun old, BenchmarkRun run)
    {
        var figures = run.Results
            .Select(result => new ComparedFigure(
                result.Pair.Name, old.Results.GetValueOrDefault(result.Pair.Name), AsSaved(result)))
            .ToList();
        HashSet<string> named = [.. figures.Select(figure => figure.Name)];
        figures.AddRange(old.Results.Where(saved => !named.Contains(saved.Key))
            .Select(saved => new ComparedFigure(saved.Key, saved.Value, null)));
        return new Comparison(old, run, figures, [.. RemarksOn(old, run)]);
    }

    private static SavedResult? AsSaved(PairResult result) => result.Pair.Missing is not null
        ? null
        : new SavedResult(
            result.Pair.Unit, result.Ours.Elapsed, double.IsNaN(result.Ratio) ? null : result.Ratio,
            result.Allocated);

    private static IEnumerable<string> RemarksOn(SavedRun old, BenchmarkRun run)
    {
        if (old.Machine != run.Machine)
        {
            yield return $"The saved run is of another machine ({old.Machine}): compare ratios, not times.";
        }

        if (old.Release != run.Release)
        {
            yield return $"The saved run is of KvmInterop {old.Release}, this one of {run.Release}.";
        }
    }
}
