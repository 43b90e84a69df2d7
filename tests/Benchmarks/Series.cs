namespace KvmInterop.Tests.Benchmarks;

/// <summary>Repeated measurements of one thing.</summary>
internal sealed class Series(IEnumerable<double> values)
{
    private readonly double[] sorted = [.. values.Order()];

    public IReadOnlyList<double> Values => sorted;

    public double Median => Quantile(0.5);

    public double LowerQuartile => Quantile(0.25);

    public double UpperQuartile => Quantile(0.75);

    // Between two measurements the value is on the line that connects them.
    private double Quantile(double share)
    {
        if (sorted.Length == 0)
        {
            return double.NaN;
        }

        double position = share * (sorted.Length - 1);
        int below = (int)position;
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
    }
}
