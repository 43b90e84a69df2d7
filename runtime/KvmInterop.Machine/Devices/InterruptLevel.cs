namespace KvmInterop.Machine.Devices;

/// <summary>A line as its device last set it: only changes are sent. Used under the device's lock.</summary>
internal struct InterruptLevel(IInterruptLine line)
{
    private readonly IInterruptLine line = line;
    private bool level;

    /// <summary>Sends the level if it has changed.</summary>
    internal void Set(bool value)
    {
        if (value != level)
        {
            level = value;
            line.SetLevel(value);
        }
    }

    /// <summary>Sends the level in any case, after a restore: what the line was says nothing.</summary>
    internal void Force(bool value)
    {
        level = value;
        line.SetLevel(value);
    }
}
