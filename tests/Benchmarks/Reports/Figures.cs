using System.Globalization;

namespace KvmInterop.Tests.Benchmarks.Reports;

/// <summary>Numbers as all reports write them.</summary>
internal static class Figures
{
    public static string Ratio(double ratio) => ratio.ToString("0.00", CultureInfo.InvariantCulture);

    public static string WithSpread(Series series) => string.Create(
        CultureInfo.InvariantCulture,
        $"{series.Median:0.0} [{series.LowerQuartile:0.0} - {series.UpperQuartile:0.0}]");
}
