using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace KvmInterop.Tests.Benchmarks.Scale;

/// <summary>The figures that grow, in the forms of the other reports.</summary>
internal static class ScaleReports
{
    /// <summary>Draws all into a folder. Returns the names of the files.</summary>
    public static IReadOnlyList<string> WritePlots(IEnumerable<ScaleResult> results, string folder)
    {
        List<string> files = [];
        foreach (ScaleResult result in results.Where(result => result.Points.Count > 0))
        {
            ScalePlot.Write(result, Path.Combine(folder, result.Figure.FileName));
            files.Add(result.Figure.FileName);
        }

        return files;
    }

    public static void WriteTables(IEnumerable<ScaleResult> results, IAnsiConsole console)
    {
        foreach (ScaleResult result in results)
        {
            var table = new Table().Border(TableBorder.Rounded);
            table.AddColumn(new TableColumn(Markup.Escape(result.Figure.Of)).RightAligned());
            foreach (ScaleQuantity quantity in result.Figure.Quantities)
            {
                table.AddColumn(new TableColumn(Markup.Escape(Heading(quantity))).RightAligned());
            }

            foreach (ScalePoint point in result.Points)
            {
                table.AddRow([.. Cells(point).Select(Markup.Escape)]);
            }

            console.MarkupLineInterpolated($"[bold]{result.Figure.Title}[/]");
            console.Write(table);
            result.Remarks.ToList().ForEach(remark => console.MarkupLineInterpolated($"  {remark}"));
        }
    }

    public static string Markdown(IEnumerable<ScaleResult> results)
    {
        var text = new StringBuilder();
        foreach (ScaleResult result in results)
        {
            text.Append($"\n## {result.Figure.Title}\n\n");
            foreach (string remark in result.Remarks)
            {
                text.Append($"{remark}\n\n");
            }

            if (result.Points.Count == 0)
            {
                continue;
            }

            text.Append($"![{result.Figure.Title}]({result.Figure.FileName})\n\n");
            text.Append($"| {result.Figure.Of} | ")
                .AppendJoin(" | ", result.Figure.Quantities.Select(Heading)).Append(" |\n|--:|")
                .AppendJoin("", result.Figure.Quantities.Select(_ => "--:|")).Append('\n');
            foreach (ScalePoint point in result.Points)
            {
                text.Append("| ").AppendJoin(" | ", Cells(point)).Append(" |\n");
            }
        }

        return text.ToString();
    }

    public static JsonArray Json(IEnumerable<ScaleResult> results) =>
        new([.. results.Select(result => new JsonObject
        {
            ["name"] = result.Figure.Name,
            ["of"] = result.Figure.Of,
            ["remarks"] = new JsonArray([.. result.Remarks.Select(remark => JsonValue.Create(remark))]),
            ["quantities"] = new JsonArray([.. result.Figure.Quantities.Select(Quantity)]),
            ["points"] = new JsonArray([.. result.Points.Select(Point)]),
        })]);

    private static JsonObject Quantity(ScaleQuantity quantity) => new()
    {
        ["panel"] = quantity.Panel,
        ["name"] = quantity.Name,
        ["unit"] = quantity.Unit,
        ["goal"] = quantity.Goal,
    };

    private static JsonObject Point(ScalePoint point) => new()
    {
        ["count"] = point.Count,
        ["values"] = new JsonArray([.. point.Values.Select(value => JsonValue.Create(value))]),
    };

    private static string Heading(ScaleQuantity quantity) =>
        $"{quantity.Panel}: {quantity.Name}, {quantity.Unit}";

    private static IEnumerable<string> Cells(ScalePoint point) =>
        point.Values.Select(Number).Prepend(point.Count.ToString("#,0", CultureInfo.InvariantCulture));

    // Three digits say all that such a measurement knows.
    private static string Number(double value) => value.ToString(
        Math.Abs(value) switch { < 10 => "0.00", < 100 => "0.0", _ => "#,0" }, CultureInfo.InvariantCulture);
}
