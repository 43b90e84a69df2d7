using Spectre.Console;

namespace KvmInterop.Tests.Benchmarks.Reports;

/// <summary>The table on the terminal.</summary>
internal static class TableReport
{
    public static void Write(BenchmarkRun run)
    {
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumns(
            new TableColumn("what"),
            new TableColumn("ms, median [[quartiles]]").RightAligned(),
            new TableColumn("processor ms").RightAligned(),
            new TableColumn("ratio").RightAligned(),
            new TableColumn("by processor").RightAligned(),
            new TableColumn("goal").RightAligned());
        foreach (PairResult result in run.Results)
        {
            if (result.Pair.Missing is { } reason)
            {
                table.AddRow($"[bold]{Markup.Escape(result.Pair.Name)}[/]", "not measured");
                table.AddRow($"  {Markup.Escape(reason)}");
                continue;
            }

            string colour = result.Ratio <= result.Pair.Goal ? "green" : "red";
            table.AddRow(
                $"[bold]{Markup.Escape(result.Pair.Name)}[/]",
                "",
                "",
                $"[{colour}]{Figures.Ratio(result.Ratio)}[/]",
                Figures.Ratio(result.ProcessorRatio),
                Figures.Ratio(result.Pair.Goal));
            AddSide(table, result.Pair.Ours, result.Ours);
            AddSide(table, result.Pair.Theirs, result.Theirs);
        }

        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Capabilities.Ansi = false;
            AnsiConsole.Profile.Width = 140;
        }

        AnsiConsole.MarkupLineInterpolated($"{run.Machine}; {run.Runs} runs of each, in turn");
        AnsiConsole.Write(table);
    }

    private static void AddSide(Table table, Workload workload, Samples samples) => table.AddRow(
        $"  {Markup.Escape(workload.Label)}",
        Markup.Escape(Figures.WithSpread(samples.Elapsed)),
        Markup.Escape(Figures.WithSpread(samples.Processor)));
}
