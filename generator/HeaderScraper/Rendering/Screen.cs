using System.CommandLine;

namespace KvmInterop.HeaderScraper.Rendering;

/// <summary>
/// Where a command writes to, and what may be written there. Nothing is asked of the console before it is
/// needed: <c>scrape</c> writes nothing, and setting up the console takes longer than reading headers.
/// </summary>
internal sealed class Screen(InvocationConfiguration configuration)
{
    /// <summary>Of a file or a pipe, which have none: the width that this project's own files keep.</summary>
    public const int DefaultWidth = 110;

    private Progress? progress;

    public TextWriter Output => configuration.Output;

    public TextWriter Error => configuration.Error;

    /// <summary>Only on a terminal, and not when the user asks for none (no-color.org).</summary>
    private bool Color =>
        IsTerminal && !IsDumb && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    /// <summary>Columns; a terminal that does not tell says 0.</summary>
    public int Width => IsTerminal && Console.WindowWidth > 0 ? Console.WindowWidth : DefaultWidth;

    public Progress Progress => progress ??=
        !Console.IsErrorRedirected && !IsDumb && configuration.Error == Console.Error
            ? new Progress(configuration.Error)
            : Progress.None;

    // A terminal is what stands behind the process's own stream, never a writer of somebody's.
    private bool IsTerminal => !Console.IsOutputRedirected && configuration.Output == Console.Out;

    private static bool IsDumb => Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb";

    /// <summary>Writes lines in one piece: a pipe's reader never sees half of one.</summary>
    public void Write(IReadOnlyList<StyledText> lines)
    {
        bool color = Color;
        Output.Write(string.Concat(lines.Select(line => line.Render(color) + "\n")));
    }
}
