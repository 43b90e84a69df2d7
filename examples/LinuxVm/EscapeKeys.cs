namespace KvmInterop.Examples.LinuxVm;

/// <summary>
/// Takes commands out of what is typed, as QEMU has them: Ctrl-A and a key. Ctrl-A twice is one for the guest.
/// </summary>
internal sealed class EscapeKeys(Action<char> command)
{
    public const string Help =
        """

        Ctrl-A x       stop the machine and leave
        Ctrl-A p       press the power button
        Ctrl-A s       save the machine, where --snapshot says where to
        Ctrl-A b       send a break (Linux: SysRq)
        Ctrl-A Ctrl-A  send Ctrl-A
        Ctrl-A h       this text

        """;

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
