namespace KvmInterop.HeaderScraper.Rendering;

/// <summary>One line on a terminal that says how far long work is, and leaves no trace.</summary>
internal sealed class Progress(TextWriter? terminal)
{
    // ECMA-48, EL: erases the line that the cursor is on.
    private const string EraseLine = "\r\e[K";

    private readonly Lock one = new();
    private bool written;

    /// <summary>For where nobody watches.</summary>
    public static Progress None { get; } = new(null);

    public bool IsShown => terminal is not null;

    /// <summary>Called from any thread.</summary>
    public void Say(string text)
    {
        if (terminal is null)
        {
            return;
        }

        lock (one)
        {
            written = true;
            terminal.Write($"{EraseLine}{text}");
            terminal.Flush();
        }
    }

    public void Clear()
    {
        lock (one)
        {
            if (written)
            {
                terminal!.Write(EraseLine);
                terminal.Flush();
                written = false;
            }
        }
    }
}
