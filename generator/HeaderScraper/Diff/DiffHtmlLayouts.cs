using System.Globalization;
using System.Text;
using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Browse;

namespace KvmInterop.HeaderScraper.Diff;

/// <summary>The records that changed, their old and new layout beside each other.</summary>
internal static class DiffHtmlLayouts
{
    /// <summary>Unchanged lines that stay in sight around a change.</summary>
    private const int Context = 2;

    private sealed record Drawn(ApiRecord Old, ApiRecord New);

    /// <summary>Empty where no record of both changed.</summary>
    public static string Of(ModelDiff diff)
    {
        Dictionary<Drawn, List<string>> drawn = [];
        for (int i = 0; i < diff.Architectures.Count; i++)
        {
            foreach ((ApiRecord? was, ApiRecord? now) in Pairs.Of(
                diff.Old.Models[i].Records, diff.New.Models[i].Records, record => record.Name))
            {
                if (was is not null && now is not null
                    && LayoutPair.Of(was, now).Any(pair => !pair.IsSame))
                {
                    Drawn key = new(was, now);
                    if (!drawn.TryGetValue(key, out List<string>? architectures))
                    {
                        drawn.Add(key, architectures = []);
                    }

                    architectures.Add(diff.Architectures[i]);
                }
            }
        }

        if (drawn.Count == 0)
        {
            return "";
        }

        StringBuilder html = new("<section id=\"layouts\">\n<h2>Layouts</h2>\n");
        foreach ((Drawn records, List<string> where) in drawn
            .OrderBy(one => one.Key.New.Name, StringComparer.Ordinal))
        {
            AppendRecord(html, records, where, diff);
        }

        return html.Append("</section>\n").ToString();
    }

    private static void AppendRecord(StringBuilder html, Drawn records, List<string> where, ModelDiff diff)
    {
        (ApiRecord was, ApiRecord now) = records;
        html.Append($"<article>\n<h3><code>{now.Kind} {DiffHtml.Text(now.Name)}</code> ");
        html.Append($"<small>{string.Join(", ", where)}</small></h3>\n<div class=\"strips\">\n");
        long scale = Math.Max(1, Math.Max(was.Size, now.Size));
        AppendStrip(html, diff.Old.ShortTitle, was, now, scale);
        AppendStrip(html, diff.New.ShortTitle, now, was, scale);
        html.Append("</div>\n<table class=\"layout\">\n");
        const string side = "<col class=\"n\"><col class=\"n\"><col>";
        html.Append($"<colgroup>{side}{side}</colgroup>\n");
        html.Append($"<thead><tr><th>offset<th>size<th>{DiffHtml.Text(diff.Old.ShortTitle)}");
        html.Append($"<th>offset<th>size<th>{DiffHtml.Text(diff.New.ShortTitle)}</thead>\n");
        AppendRows(html, LayoutPair.Of(was, now));
        html.Append("</table>\n</article>\n");
    }

    /// <summary>The record's bytes from left to right, a block for each of its own members.</summary>
    private static void AppendStrip(
        StringBuilder html, string name, ApiRecord record, ApiRecord other, long scale)
    {
        html.Append($"<div class=\"strip\"><span>{DiffHtml.Text(name)}, {Count.Bytes(record.Size)}</span>");
        html.Append("<svg viewBox=\"0 0 1000 24\" preserveAspectRatio=\"none\" role=\"img\">");
        html.Append($"<rect class=\"free\" width=\"{Scaled(record.Size, scale)}\" height=\"24\"/>");
        HashSet<ApiField> same = [.. other.Fields];
        foreach (ApiField field in record.Fields.Where(field => field.Size > 0))
        {
            string text = field.Name.Length > 0 ? field.Name : field.Type.Inline?.Kind ?? "";
            html.Append($"<rect class=\"{(same.Contains(field) ? "same" : "changed")}\" ");
            html.Append($"x=\"{Scaled(field.Offset, scale)}\" width=\"{Scaled(field.Size, scale)}\" ");
            html.Append($"height=\"24\"><title>{DiffHtml.Text(text)}: {field.Offset}, ");
            html.Append($"{Count.Bytes(field.Size)}</title></rect>");
        }

        html.Append("</svg></div>\n");
    }

    private static string Scaled(long bytes, long scale) =>
        (bytes * 1000.0 / scale).ToString("0.##", CultureInfo.InvariantCulture);

    private static void AppendRows(StringBuilder html, IReadOnlyList<LayoutPair> pairs)
    {
        for (int i = 0; i < pairs.Count;)
        {
            int end = i;
            bool near = IsNear(pairs, i);
            while (end < pairs.Count && IsNear(pairs, end) == near)
            {
                end++;
            }

            if (!near)
            {
                html.Append("<tbody class=\"more\"><tr><td colspan=\"6\"><label><input type=\"checkbox\"> ");
                html.Append($"{Count.Of(end - i, "line")} as before</label></tbody>\n");
            }

            html.Append(near ? "<tbody>\n" : "<tbody class=\"rest\">\n");
            for (; i < end; i++)
            {
                AppendPair(html, pairs[i]);
            }

            html.Append("</tbody>\n");
        }
    }

    // A gap of one line would take as much room as the line.
    private static bool IsNear(IReadOnlyList<LayoutPair> pairs, int index)
    {
        int from = Math.Max(0, index - Context);
        int to = Math.Min(pairs.Count - 1, index + Context);
        return Enumerable.Range(from, to - from + 1).Any(i => !pairs[i].IsSame);
    }

    private static void AppendPair(StringBuilder html, LayoutPair pair)
    {
        string kind = pair.IsSame ? "same"
            : pair.Old is null ? "added"
            : pair.New is null ? "removed"
            : "changed";
        html.Append($"<tr class=\"{kind}\">");
        AppendCells(html, pair.Old, "old");
        AppendCells(html, pair.New, "new");
        html.Append('\n');
    }

    private static void AppendCells(StringBuilder html, LayoutRow? row, string side)
    {
        string text = row is null ? "" : DiffHtml.Text(row.Text);
        string hole = row is { IsHole: true } ? " hole" : "";
        html.Append($"<td class=\"{side} n\">{row?.Offset}<td class=\"{side} n\">{row?.Size}");
        html.Append($"<td class=\"{side}{hole}\" style=\"--d:{row?.Depth ?? 0}\">{text}");
    }
}
