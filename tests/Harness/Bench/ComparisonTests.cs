using KvmInterop.Tests.Benchmarks;
using KvmInterop.Tests.Benchmarks.Reports;
using Spectre.Console;

namespace KvmInterop.Tests.Harness.Bench;

/// <summary>A saved run beside a new one.</summary>
public sealed class ComparisonTests
{
    [Theory]
    [InlineData(new double[] { 10, 11, 12 }, Change.WithinSpread)]
    [InlineData(new double[] { 11, 12, 13 }, Change.WithinSpread)] // The quartiles touch: 11.5 and 11.5.
    [InlineData(new double[] { 12, 13, 14 }, Change.Slower)]
    [InlineData(new double[] { 8, 9, 10 }, Change.Faster)]
    [InlineData(new double[] { 1, 11, 100 }, Change.WithinSpread)]
    public void Change_newSeries_isMarkedWhereItIsBeyondTheSpread(double[] now, object expected)
    {
        Comparison comparison = Comparison.Of(
            Runs.Saved(Runs.Of(Runs.Measured("x", [10, 11, 12]))), Runs.Of(Runs.Measured("x", now)));

        ComparedFigure figure = Assert.Single(comparison.Figures);
        Assert.Equal(expected, figure.Change);
        Assert.Equal(new Series(now).Median / 11, figure.Factor);
    }

    [Fact]
    public void Figures_inOneRunOnly_areShownAndNotCompared()
    {
        SavedRun saved = Runs.Saved(Runs.Of(
            Runs.Measured("gone", [1]), Runs.Measured("not here", [1]), Runs.Measured("other unit", [1])));
        BenchmarkRun run = Runs.Of(
            Runs.Measured("new", [2]),
            Runs.NotMeasured("not here", "no KVM"),
            Runs.Measured("other unit", [1], unit: "ms"));

        Comparison comparison = Comparison.Of(saved, run);

        Assert.Equal(["new", "not here", "other unit", "gone"], comparison.Figures.Select(each => each.Name));
        Assert.All(comparison.Figures, each => Assert.Equal(Change.NotComparable, each.Change));
        Assert.All(comparison.Figures, each => Assert.True(double.IsNaN(each.Factor)));
        string text = ComparisonReport.ToMarkdown(comparison);
        Assert.Contains("| new | not in the saved run | 2.0 ns", text, StringComparison.Ordinal);
        Assert.Contains("| not here | 1.0 ns [1.0 - 1.0] | not measured |", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Remarks_otherMachineAndRelease_areSentences()
    {
        BenchmarkRun before = Runs.Of(Runs.Measured("x", [1]));
        SavedRun saved = Runs.Saved(before with { Machine = "an old one" });

        Comparison comparison = Comparison.Of(saved, before with { Release = "0.2.0+second" });

        Assert.Equal(
            [
                "The saved run is of another machine (an old one): compare ratios, not times.",
                "The saved run is of KvmInterop 0.1.0+first, this one of 0.2.0+second.",
            ],
            comparison.Remarks);
        Assert.Empty(Comparison.Of(Runs.Saved(before), before).Remarks);
    }

    [Fact]
    public void Report_slowerAndMoreBytes_marksBoth()
    {
        SavedRun saved = Runs.Saved(Runs.Of(
            Runs.Measured("slow", [10, 11, 12], [10, 10, 10], allocated: 0), Runs.Measured("fast", [10])));
        Comparison comparison = Comparison.Of(
            saved,
            Runs.Of(
                Runs.Measured("slow", [20, 22, 24], [10, 10, 10], allocated: 32), Runs.Measured("fast", [5])));
        using StringWriter output = new();
        IAnsiConsole console = AnsiConsole.Create(
            new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 200;

        ComparisonReport.Write(comparison, console);
        string markdown = ComparisonReport.ToMarkdown(comparison);

        Assert.Contains(
            "| slow | 11.0 ns [10.5 - 11.5] | 22.0 ns [21.0 - 23.0] | +100.0 % | 1.10 | 2.20 | SLOWER "
                + "| 0 -> 32 |",
            markdown, StringComparison.Ordinal);
        Assert.Contains("| -50.0 % |  |  | faster |  |", markdown, StringComparison.Ordinal);
        string table = output.ToString();
        Assert.Contains("Compared with the run of 2026-11-26 15:30", table, StringComparison.Ordinal);
        Assert.Contains("+100.0 %", table, StringComparison.Ordinal);
        Assert.Contains("SLOWER", table, StringComparison.Ordinal);
    }
}
