using System.Text;
using KvmInterop.Tests.Benchmarks.Scale;

namespace KvmInterop.Tests.Benchmarks.Reports;

/// <summary>The table as Markdown, for a document or an issue.</summary>
internal static class MarkdownReport
{
    public static void Write(BenchmarkRun run, string file)
    {
        var text = new StringBuilder();
        text.Append($"{run.When:yyyy-MM-dd}, {run.Machine}; {run.Runs} runs of each, in turn\n\n");
        if (run.Results.Count > 0)
        {
            AppendTable(text, run.Results);
        }

        text.Append(ScaleReports.Markdown(run.Scales));
        File.WriteAllText(file, text.ToString());
    }

    private static void AppendTable(StringBuilder text, IEnumerable<PairResult> results)
    {
        text.Append("| what | ratio | by processor time | goal | ours | theirs | bytes allocated |\n");
        text.Append("|---|--:|--:|--:|--:|--:|--:|\n");
        foreach (PairResult result in results)
        {
            text.Append("| ").AppendJoin(" | ", Cells(result).Prepend(result.Pair.Name)).Append(" |\n");
        }
    }

    private static string[] Cells(PairResult result) => result.Pair.Missing is { } reason
        ? ["not measured", "", Figures.Ratio(result.Pair.Goal), reason, "", ""]
        :
        [
            Figures.Ratio(result.Ratio),
            Figures.Ratio(result.ProcessorRatio),
            Figures.Ratio(result.Pair.Goal),
            Figures.WithSpread(result.Ours.Elapsed, result.Pair.Unit),
            Figures.WithSpread(result.Theirs.Elapsed, result.Pair.Unit),
            Figures.Bytes(result.Allocated),
        ];
}
