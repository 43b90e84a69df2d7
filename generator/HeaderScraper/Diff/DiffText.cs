using KvmInterop.HeaderScraper.Rendering;

namespace KvmInterop.HeaderScraper.Diff;

/// <summary>The report for a terminal: a line a change.</summary>
internal static class DiffText
{
    private const int Indent = 2;
    private const int KindWidth = 12;
    private const int SubjectWidth = 13;

    // Longer names push what follows them to the right, and do not push everybody's.
    private const int LongestName = 44;

    public static IReadOnlyList<StyledText> Of(ModelDiff diff)
    {
        List<StyledText> lines =
        [
            new StyledText($"{diff.Old.Title} -> {diff.New.Title}", Style.Title)
                .Append($"  {string.Join(", ", diff.Architectures)}", Style.Dim),
        ];
        foreach (DiffSection section in DiffSection.Of(diff))
        {
            lines.Add(StyledText.Empty);
            lines.Add(new StyledText(section.Title, StyleOf(section)));
            int name = Math.Min(LongestName, section.Shown.Max(one => one.Change.Name.Length));
            foreach (Reported one in section.Shown)
            {
                lines.Add(Line(one, section, diff, name));
                if (one.Change.Note.Length > 0)
                {
                    lines.Add(StyledText.Empty.PadTo(Indent + KindWidth + SubjectWidth)
                        .Append($"({one.Change.Note})", Style.Dim));
                }
            }
        }

        lines.Add(StyledText.Empty);
        lines.Add(new StyledText(DiffSection.Summary(diff), Style.Title));
        return lines;
    }

    private static StyledText Line(Reported one, DiffSection section, ModelDiff diff, int name)
    {
        Change change = one.Change;
        StyledText line = StyledText.Empty.PadTo(Indent);
        if (!section.IsAdded)
        {
            line.Append(ChangeWords.Of(change.Kind), StyleOf(change)).PadTo(Indent + KindWidth);
        }

        int column = line.Length;
        line.Append(ChangeWords.Of(change.Subject), Style.Dim).PadTo(column + SubjectWidth)
            .Append(change.Name, Style.Name).PadTo(column + SubjectWidth + name)
            .Append($"  {ChangeWords.Detail(change)}{section.Followers(one)}");
        string where = ChangeWords.Where(one, diff);
        return where.Length == 0 ? line : line.Append($"  [{where}]", Style.Dim);
    }

    private static Style StyleOf(DiffSection section) => section.Breaks != Breaks.None ? Style.Bad
        : section.IsAdded ? Style.Good
        : Style.Title;

    private static Style StyleOf(Change change) => change.Breaks != Breaks.None ? Style.Bad : Style.Plain;
}
