using System.Text;

namespace KvmInterop.HeaderScraper.Diff;

/// <summary>The report for release notes and reviews.</summary>
internal static class DiffMarkdown
{
    public static string Of(ModelDiff diff)
    {
        StringBuilder text = new();
        text.Append($"# KVM interface: {Escape(diff.Old.Title)} to {Escape(diff.New.Title)}\n\n");
        text.Append($"Compared for {string.Join(", ", diff.Architectures)}. {DiffSection.Summary(diff)}\n");
        foreach (DiffSection section in DiffSection.Of(diff))
        {
            text.Append($"\n## {section.Title}\n\n");
            text.Append("| change | what | name | was | is | architectures |\n|---|---|---|---|---|---|\n");
            foreach (Reported one in section.Shown)
            {
                AppendRow(text, one, section, diff);
            }
        }

        return text.ToString();
    }

    private static void AppendRow(StringBuilder text, Reported one, DiffSection section, ModelDiff diff)
    {
        Change change = one.Change;
        string where = ChangeWords.Where(one, diff);
        string note = change.Note.Length == 0 ? "" : $"<br>{Escape(change.Note)}";
        string[] cells =
        [
            ChangeWords.Of(change.Kind), ChangeWords.Of(change.Subject), $"`{change.Name}`{note}",
            Escape(change.Old), Escape(change.New) + section.Followers(one),
            where.Length == 0 ? "all" : where,
        ];
        text.Append($"| {string.Join(" | ", cells)} |\n");
    }

    // What Markdown would take for its own: a bar ends a cell, and stars and underscores are emphasis.
    private static string Escape(string text) => text
        .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal)
        .Replace("*", "\\*", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal)
        .Replace("[", "\\[", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}
