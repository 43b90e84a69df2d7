namespace KvmInterop;

/// <summary>What devices do with an <see cref="IInterruptLine"/>, by its name.</summary>
public static class InterruptLines
{
    /// <summary>
    /// A line that leads nowhere, for a device without an interrupt. Its interrupts are lost.
    /// </summary>
    public static IInterruptLine None { get; } = new NoLine();

    /// <summary>Makes the line high: the interrupt is asked for until it is lowered.</summary>
    public static void Raise(this IInterruptLine line)
    {
        ArgumentNullException.ThrowIfNull(line);
        line.SetLevel(true);
    }

    /// <summary>Makes the line low.</summary>
    public static void Lower(this IInterruptLine line)
    {
        ArgumentNullException.ThrowIfNull(line);
        line.SetLevel(false);
    }

    /// <summary>Up and down again: one edge-triggered interrupt, on a line that is low between.</summary>
    public static void Pulse(this IInterruptLine line)
    {
        ArgumentNullException.ThrowIfNull(line);
        line.SetLevel(true);
        line.SetLevel(false);
    }

    private sealed class NoLine : IInterruptLine
    {
        public void SetLevel(bool level)
        {
        }
    }
}
