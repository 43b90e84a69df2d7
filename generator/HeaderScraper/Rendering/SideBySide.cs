namespace KvmInterop.HeaderScraper.Rendering;

/// <summary>Blocks of lines beside each other, with lines between them.</summary>
internal static class SideBySide
{
    private const string Bar = " |";
    private const string FirstBar = "|";

    public static int WidthOf(IReadOnlyList<List<StyledText>> blocks) =>
        FirstBar.Length + blocks.Sum(Width) + (Bar.Length * (blocks.Count - 1));

    /// <summary>Adds the blocks as one row, ruled off from a row above it.</summary>
    public static void Write(IReadOnlyList<List<StyledText>> blocks, List<StyledText> lines)
    {
        if (blocks.Count == 0)
        {
            return;
        }

        if (lines.Count > 0)
        {
            IEnumerable<string> rules = blocks.Select(block => new string('-', Width(block)));
            lines.Add(new StyledText(FirstBar + string.Join("-+", rules), Style.Dim));
        }

        for (int i = 0; i < blocks.Max(block => block.Count); i++)
        {
            StyledText line = new(FirstBar, Style.Dim);
            int column = FirstBar.Length;
            for (int j = 0; j < blocks.Count; j++)
            {
                if (j > 0)
                {
                    line.PadTo(column).Append(Bar, Style.Dim);
                    column += Bar.Length;
                }

                if (i < blocks[j].Count)
                {
                    line.Append(blocks[j][i]);
                }

                column += Width(blocks[j]);
            }

            lines.Add(line);
        }
    }

    private static int Width(List<StyledText> block) => block.Max(line => line.Length);
}
