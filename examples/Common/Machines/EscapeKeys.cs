namespace KvmInterop.Examples.Machines;

/// <summary>
/// Takes commands out of what is typed, as QEMU has them: Ctrl-A and a key. Ctrl-A twice is one for the guest.
/// </summary>
/// <param name="command">Is given the key of each command.</param>
public sealed class EscapeKeys(Action<char> command)
{
    private const byte Escape = 1; // Ctrl-A

    private bool isEscaped;

    /// <summary>Moves what is for the guest to the front.</summary>
    /// <returns>How many bytes that are.</returns>
    public int Filter(Span<byte> typed)
    {
        int kept = 0;
        foreach (byte key in typed)
        {
            if (isEscaped && key != Escape)
            {
                isEscaped = false;
                command((char)key);
            }
            else if (!isEscaped && key == Escape)
            {
                isEscaped = true;
            }
            else
            {
                isEscaped = false;
                typed[kept++] = key;
            }
        }

        return kept;
    }
}
