using System.Net;
using System.Text;

namespace KvmInterop.HeaderScraper.Diff;

/// <summary>The report as one page that needs nothing else: no script, no font, no picture from
/// elsewhere.</summary>
internal static class DiffHtml
{
    private const string StyleResource = "diff.css";

    public static string Of(ModelDiff diff)
    {
        StringBuilder html = new();
        string title = $"KVM interface, {diff.Old.Title} to {diff.New.Title}";
        html.Append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        html.Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        html.Append("<meta name=\"color-scheme\" content=\"light dark\">\n");
        html.Append($"<title>{Text(title)}</title>\n");
        html.Append($"<style>\n{BuiltInFiles.Require(StyleResource)}</style>\n");
        html.Append("</head>\n<body>\n<header>\n");
        html.Append($"<h1>{Text(diff.Old.Title)} <span>&rarr;</span> {Text(diff.New.Title)}</h1>\n");
        html.Append($"<p>The KVM interface for {Text(string.Join(", ", diff.Architectures))}. ");
        html.Append($"{Text(DiffSection.Summary(diff))}</p>\n");
        IReadOnlyList<DiffSection> sections = DiffSection.Of(diff);
        string layouts = DiffHtmlLayouts.Of(diff);
        AppendContents(html, sections, layouts.Length > 0);
        html.Append("</header>\n<main>\n");
        for (int i = 0; i < sections.Count; i++)
        {
            AppendSection(html, sections[i], i, diff);
        }

        html.Append(layouts).Append("</main>\n</body>\n</html>\n");
        return html.ToString();
    }

    public static string Text(string text) => WebUtility.HtmlEncode(text);

    private static void AppendContents(StringBuilder html, IReadOnlyList<DiffSection> sections, bool layouts)
    {
        html.Append("<nav>\n");
        for (int i = 0; i < sections.Count; i++)
        {
            html.Append($"<a href=\"#s{i}\" class=\"{ClassOf(sections[i])}\">{sections[i].Title} ");
            html.Append($"<b>{sections[i].Shown.Count}</b></a>\n");
        }

        html.Append(layouts ? "<a href=\"#layouts\">Layouts</a>\n</nav>\n" : "</nav>\n");
    }

    private static void AppendSection(StringBuilder html, DiffSection section, int number, ModelDiff diff)
    {
        html.Append($"<section id=\"s{number}\">\n<h2 class=\"{ClassOf(section)}\">{section.Title}</h2>\n");
        html.Append("<table class=\"changes\">\n");
        html.Append("<thead><tr><th>change<th>what<th>name<th>was<th>is<th>where</thead>\n");
        foreach (Reported one in section.Shown)
        {
            Change change = one.Change;
            string where = ChangeWords.Where(one, diff);
            string note = change.Note.Length == 0 ? "" : $"<small>{Text(change.Note)}</small>";
            html.Append($"<tr><td>{ChangeWords.Of(change.Kind)}<td>{ChangeWords.Of(change.Subject)}");
            html.Append($"<td><code>{Text(change.Name)}</code>{note}");
            html.Append($"<td>{Text(change.Old)}<td>{Text(change.New)}{section.Followers(one)}");
            html.Append($"<td>{(where.Length == 0 ? "all" : where)}\n");
        }

        html.Append("</table>\n</section>\n");
    }

    private static string ClassOf(DiffSection section) => section.Breaks != Breaks.None ? "bad"
        : section.IsAdded ? "good"
        : "plain";
}
