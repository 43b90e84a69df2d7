namespace KvmInterop.Tests.Machine.Devices;

/// <summary>An interrupt line that remembers each level it was set to.</summary>
internal sealed class RecordingLine : IInterruptLine
{
    private readonly Lock gate = new();
    private readonly List<bool> levels = [];

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
    public bool IsHigh => Levels is [.., true];

    public void SetLevel(bool level)
    {
        lock (gate)
        {
            levels.Add(level);
        }
    }
}
