using KvmInterop.Tests.Benchmarks;

namespace KvmInterop.Tests.Harness;

/// <summary>The statistics behind the benchmark's table.</summary>
public class SeriesTests
{
    [Theory]
    [InlineData(new double[] { 3, 1, 2 }, 1.5, 2, 2.5)]
    [InlineData(new double[] { 4, 1, 3, 2 }, 1.75, 2.5, 3.25)]
    [InlineData(new double[] { 7 }, 7, 7, 7)]
    public void Quartiles_ofUnorderedValues_lieBetweenThem(
        double[] values, double lower, double median, double upper)
    {
        var series = new Series(values);
        Assert.Equal((lower, median, upper), (series.LowerQuartile, series.Median, series.UpperQuartile));
    }

    [Fact]
    public void Median_ofNothing_isNoNumber() => Assert.True(double.IsNaN(new Series([]).Median));
}
