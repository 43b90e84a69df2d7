namespace KvmInterop.Tests.Machine.Virtio;

/// <summary>A wire that counts its edges.</summary>
internal sealed class InterruptRecorder : IInterruptLine
{
    private readonly Lock gate = new();

    public bool Level { get; private set; }

    public int Edges { get; private set; }

    public void SetLevel(bool level)
    {
        lock (gate)
        {
            Edges += level && !Level ? 1 : 0;
            Level = level;
        }
    }
}
