using System.Text;

namespace KvmInterop.HeaderScraper.Rendering;

/// <summary>What a piece of text is, which decides its colour.</summary>
internal enum Style
{
    Plain,
    Title,
    Dim,
    Name,
    Number,
    Good,
    Bad,
    Warn,
}

/// <summary>A line in pieces: its length is known before any colour is in it.</summary>
internal sealed class StyledText
{
    private readonly List<(string Text, Style Style)> pieces = [];

    public StyledText()
    {
    }

    public StyledText(string text, Style style = Style.Plain) => Append(text, style);

    public static StyledText Empty => new();

    /// <summary>Columns on a terminal.</summary>
    public int Length { get; private set; }

    public StyledText Append(string text, Style style = Style.Plain)
    {
        if (text.Length > 0)
        {
            pieces.Add((text, style));
            Length += text.Length;
        }

        return this;
    }

    public StyledText Append(StyledText other)
    {
        pieces.AddRange(other.pieces);
        Length += other.Length;
        return this;
    }

    /// <summary>Fills with blanks up to a column.</summary>
    public StyledText PadTo(int column) =>
        Append(new string(' ', Math.Max(0, column - Length)));

    public string Render(bool color)
    {
        StringBuilder text = new();
        foreach ((string piece, Style style) in pieces)
        {
            string code = color ? Code(style) : "";
            text.Append(code.Length == 0 ? piece : $"\e[{code}m{piece}\e[0m");
        }

        // Blanks at the end come from padding, and a line that is copied should not have them.
        return text.ToString().TrimEnd(' ');
    }

    public override string ToString() => Render(color: false);

    // ECMA-48, SGR. Only colours that can be read on a dark and on a light background.
    private static string Code(Style style) => style switch
    {
        Style.Title => "1",
        Style.Dim => "2",
        Style.Name => "36",
        Style.Number => "34",
        Style.Good => "32",
        Style.Bad => "31",
        Style.Warn => "35",
        _ => "",
    };
}
