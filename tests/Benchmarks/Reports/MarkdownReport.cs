using System.Text;
using KvmInterop.Tests.Benchmarks.Scale;

namespace KvmInterop.Tests.Benchmarks.Reports;

/// <summary>The table as Markdown, for a document or an issue.</summary>
internal static class MarkdownReport
{
    public static string ToText(BenchmarkRun run)
    {
        var text = new StringBuilder();
        text.Append($"{run.When:yyyy-MM-dd}, KvmInterop {run.Release}, {run.Machine}; ");
        text.Append($"{run.Runs} runs of each, in turn\n\n");
        if (run.Results.Count > 0)
        {
            AppendTable(text, run.Results);
        }

        text.Append(ScaleReports.Markdown(run.Scales));
        return text.ToString();
    }

    private static void AppendTable(StringBuilder text, IEnumerable<PairResult> results)
    {
        text.Append("| what | ratio | by processor time | goal | ours | theirs | bytes allocated |\n");
        text.Append("|---|--:|--:|--:|--:|--:|--:|\n");
        foreach (PairResult result in results)
        {
            text.Append("| ").AppendJoin(" | ", Cells(result).Prepend(NameOf(result))).Append(" |\n");
        }
    }

    private static string NameOf(PairResult result) =>
        result.Remark is { } remark ? $"{result.Pair.Name} ({remark})" : result.Pair.Name;

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
