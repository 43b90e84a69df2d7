using System.Globalization;

namespace KvmInterop.Tests.Benchmarks.Reports;

/// <summary>Numbers as all reports write them.</summary>
internal static class Figures
{
    /// <summary>Empty for what stands alone.</summary>
    public static string Ratio(double ratio) =>
        double.IsNaN(ratio) ? "" : ratio.ToString("0.00", CultureInfo.InvariantCulture);

    /// <summary>Empty where nothing was measured.</summary>
    public static string WithSpread(Series series, string unit) => series.Values.Count == 0 ? "" : string.Create(
        CultureInfo.InvariantCulture,
        $"{series.Median:#,0.0} {unit} [{series.LowerQuartile:#,0.0} - {series.UpperQuartile:#,0.0}]");

    /// <summary>Empty where it is not measured.</summary>
    public static string Bytes(double? allocated) => allocated is double bytes
        ? bytes.ToString("#,0.###", CultureInfo.InvariantCulture)
        : "";
}
