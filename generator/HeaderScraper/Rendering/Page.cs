namespace KvmInterop.HeaderScraper.Rendering;

/// <summary>A title, and under it lines of a word and what belongs to it.</summary>
internal sealed class Page
{
    private const int Indent = 2;
    private const int Words = 16;

    private readonly List<StyledText> lines = [];

    public IReadOnlyList<StyledText> Lines => lines;

    public Page Title(string name, string about)
    {
        lines.Add(new StyledText(name, Style.Title).Append($"  {about}", Style.Dim));
        return this;
    }

    public Page Blank()
    {
        lines.Add(StyledText.Empty);
        return this;
    }

    public Page Add(IEnumerable<StyledText> block)
    {
        lines.AddRange(block);
        return this;
    }

    public Page Row(string word, string text, int indent = Indent) =>
        Row(word, new StyledText(text), indent);

    public Page Row(string word, StyledText text, int indent = Indent)
    {
        lines.Add(StyledText.Empty.PadTo(indent).Append(word, Style.Dim).PadTo(Words + Indent).Append(text));
        return this;
    }

    /// <summary>A row with text of any length, in as many lines as it needs.</summary>
    public Page Paragraph(string word, string text, int width)
    {
        string first = word;
        foreach (string line in Wrap(text, Math.Max(20, width - Words - Indent)))
        {
            Row(first, line);
            first = "";
        }

        return this;
    }

    private static IEnumerable<string> Wrap(string text, int width)
    {
        string line = "";
        foreach (string word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = "";
            }

            line = line.Length == 0 ? word : $"{line} {word}";
        }

        yield return line;
    }
}
