using KvmInterop.Tests.Benchmarks.Scale;
using Spectre.Console;

namespace KvmInterop.Tests.Benchmarks.Reports;

/// <summary>The table on the terminal.</summary>
internal static class TableReport
{
    public static void Write(BenchmarkRun run, IAnsiConsole console)
    {
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumns(
            new TableColumn("what"),
            new TableColumn("median [[quartiles]]").RightAligned(),
            new TableColumn("of the processor").RightAligned(),
            new TableColumn("ratio").RightAligned(),
            new TableColumn("by processor").RightAligned(),
            new TableColumn("goal").RightAligned(),
            new TableColumn("bytes").RightAligned());
        foreach (PairResult result in run.Results)
        {
            if (result.Pair.Missing is { } reason)
            {
                table.AddRow($"[bold]{Markup.Escape(result.Pair.Name)}[/]", "not measured");
                table.AddRow($"  {Markup.Escape(reason)}");
                continue;
            }

            string colour = double.IsNaN(result.Ratio) || result.Ratio <= result.Pair.Goal ? "green" : "red";
            table.AddRow(
                $"[bold]{Markup.Escape(result.Pair.Name)}[/]",
                "",
                "",
                $"[{colour}]{Figures.Ratio(result.Ratio)}[/]",
                Figures.Ratio(result.ProcessorRatio),
                Figures.Ratio(result.Pair.Goal),
                Figures.Bytes(result.Allocated));
            AddSide(table, result.Pair.Ours, result.Pair.Unit, result.Ours);
            if (result.Theirs.Elapsed.Values.Count > 0)
            {
                AddSide(table, result.Pair.Theirs, result.Pair.Unit, result.Theirs);
            }

            if (result.Remark is { } remark)
            {
                table.AddRow($"  {Markup.Escape(remark)}");
            }
        }

        console.MarkupLineInterpolated(
            $"KvmInterop {run.Release}, {run.Machine}; {run.Runs} runs of each, in turn");
        if (run.Results.Count > 0)
        {
            console.Write(table);
        }

        ScaleReports.WriteTables(run.Scales, console);
    }

    private static void AddSide(Table table, string label, string unit, Samples samples) => table.AddRow(
        $"  {Markup.Escape(label)}",
        Markup.Escape(Figures.WithSpread(samples.Elapsed, unit)),
        Markup.Escape(Figures.WithSpread(samples.Processor, unit)));
}
