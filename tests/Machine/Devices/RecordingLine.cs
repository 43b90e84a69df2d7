namespace KvmInterop.Tests.Machine.Devices;

/// <summary>An interrupt line that remembers each level it was set to.</summary>
internal sealed class RecordingLine : IInterruptLine
{
    private readonly Lock gate = new();
    private readonly List<bool> levels = [];
    private bool level;

    /// <summary>Every call, in order.</summary>
    public IReadOnlyList<bool> Levels
    {
        get
        {
            lock (gate)
            {
                return [.. levels];
            }
        }
    }

    /// <summary>Low before the first call.</summary>
    public bool IsHigh
    {
        get
        {
            lock (gate)
            {
                return level;
            }
        }
    }

    /// <summary>Keeps the level, and forgets how it came to it.</summary>
    public void Forget()
    {
        lock (gate)
        {
            levels.Clear();
        }
    }

    public void SetLevel(bool level)
    {
        lock (gate)
        {
            levels.Add(level);
            this.level = level;
        }
    }
}
