namespace KvmInterop.Examples.SnapshotFork;

/// <summary>How long forks took.</summary>
internal sealed class ForkTimes
{
    private readonly List<TimeSpan> times = [];

    public int Count => times.Count;

    public void Add(TimeSpan time) => times.Add(time);

    /// <summary>The middle one, and the one that 99 of 100 do not exceed.</summary>
    public override string ToString()
    {
        TimeSpan[] sorted = [.. times.Order()];
        return FormattableString.Invariant(
            $"{At(50).TotalMilliseconds:0.00} ms each, 99 of 100 within {At(99).TotalMilliseconds:0.00} ms");

        TimeSpan At(int percent) => sorted[(sorted.Length - 1) * percent / 100];
    }
}
