using System.Globalization;
using System.Text;
using Spectre.Console;

namespace KvmInterop.Tests.Benchmarks.Reports;

/// <summary>A comparison on the terminal and as Markdown.</summary>
internal static class ComparisonReport
{
    private static readonly string[] Columns =
        ["what", "saved", "now", "change", "ratio then", "now", "", "bytes"];

    public static void Write(Comparison comparison, IAnsiConsole console)
    {
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumn(Columns[0]);
        foreach (string column in Columns[1..])
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        foreach (ComparedFigure figure in comparison.Figures)
        {
            string colour = figure.Change switch
            {
                Change.Faster => "green",
                Change.Slower => "red",
                _ => "default",
            };
            table.AddRow([.. Cells(figure).Select(cell => $"[{colour}]{Markup.Escape(cell)}[/]")]);
        }

        console.MarkupLineInterpolated($"Compared with the run of {comparison.Old.When:yyyy-MM-dd HH:mm}");
        foreach (string remark in comparison.Remarks)
        {
            console.MarkupLineInterpolated($"{remark}");
        }

        console.Write(table);
    }

    public static string ToMarkdown(Comparison comparison)
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture, $"Compared with the run of {comparison.Old.When:yyyy-MM-dd HH:mm}. ");
        text.AppendJoin(' ', comparison.Remarks).Append("\n\n");
        text.Append("| ").AppendJoin(" | ", Columns).Append(" |\n|---|--:|--:|--:|--:|--:|---|--:|\n");
        foreach (ComparedFigure figure in comparison.Figures)
        {
            text.Append("| ").AppendJoin(" | ", Cells(figure)).Append(" |\n");
        }

        return text.ToString();
    }

    private static string[] Cells(ComparedFigure figure) =>
    [
        figure.Name,
        Median(figure.Old, "not in the saved run"),
        Median(figure.New, "not measured"),
        Percent(figure.Factor),
        Figures.Ratio(figure.Old?.Ratio ?? double.NaN),
        Figures.Ratio(figure.New?.Ratio ?? double.NaN),
        figure.Change switch
        {
            Change.Faster => "faster",
            Change.Slower => "SLOWER",
            _ => "",
        },
        Bytes(figure.Old?.Allocated, figure.New?.Allocated),
    ];

    private static string Median(SavedResult? result, string without) =>
        result is null ? without : Figures.WithSpread(result.Elapsed, result.Unit);

    private static string Percent(double factor) => double.IsNaN(factor)
        ? ""
        : ((factor - 1) * 100).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture) + " %";

    // Allocation is counted and not measured: any change of it is one.
    private static string Bytes(double? before, double? now) => before == now || before is null || now is null
        ? Figures.Bytes(now)
        : $"{Figures.Bytes(before)} -> {Figures.Bytes(now)}";
}
