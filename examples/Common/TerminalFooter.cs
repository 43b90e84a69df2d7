using System.Text;

namespace KvmInterop.Examples;

/// <summary>
/// The last rows of the terminal, kept out of what scrolls: a guest's output goes on above them.
/// </summary>
/// <remarks>
/// ECMA-48 and DEC's VT100: a scrolling region (DECSTBM), save and restore of the cursor (DECSC, DECRC). Each
/// change is one write, which the kernel's terminal does not mix with writes of others.
/// </remarks>
internal sealed class TerminalFooter : IDisposable
{
    // A guest must have a few lines to write to.
    private const int LeastRowsAbove = 6;

    private readonly Stream terminal = Console.OpenStandardError();
    private readonly int rows;
    private int height;

    private TerminalFooter(int rows)
    {
        this.rows = rows;
        height = Console.WindowHeight;

        // Room first: what is in the rows moves up.
        Write($"{new string('\n', rows)}\e[{rows}A{Region}\e[{height - rows}A\e[{height - rows};1H");
    }

    public static int Width => Math.Max(Console.WindowWidth, 40);

    // Setting it moves the cursor, hence saved and restored around.
    private string Region => $"\e7\e[1;{height - rows}r\e8";

    /// <summary>Null where standard error is no terminal, or one without enough rows.</summary>
    public static TerminalFooter? Open(int rows) =>
        !Console.IsErrorRedirected
            && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb")
            && Console.WindowHeight >= rows + LeastRowsAbove
            ? new TerminalFooter(rows)
            : null;

    /// <summary>Puts a text there; lines that do not fit are left out.</summary>
    public void Draw(string text)
    {
        StringBuilder all = new();
        if (Console.WindowHeight != height && Console.WindowHeight >= rows + LeastRowsAbove)
        {
            height = Console.WindowHeight;
            all.Append(Region);
        }

        all.Append("\e7");
        string[] lines = text.Trim('\n').Split('\n');
        for (int row = 0; row < rows; row++)
        {
            all.Append($"\e[{height - rows + row + 1};1H\e[2K").Append(row < lines.Length ? lines[row] : "");
        }

        Write(all.Append("\e8").ToString());
    }

    /// <summary>Clears the rows and gives them back.</summary>
    public void Dispose() => Write($"\e7\e[r\e[{height - rows + 1};1H\e[0J\e8");

    private void Write(string text)
    {
        terminal.Write(Encoding.UTF8.GetBytes(text));
        terminal.Flush();
    }
}
