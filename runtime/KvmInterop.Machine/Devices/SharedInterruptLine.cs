namespace KvmInterop.Machine.Devices;

/// <summary>A level-triggered line that several devices share: high for as long as one of them wants it (a
/// wired OR).</summary>
/// <remarks>All members, and the inputs, may be used from any thread.</remarks>
/// <param name="line">The line; nobody else sets it.</param>
public sealed class SharedInterruptLine(IInterruptLine line)
{
    private readonly Lock gate = new();
    private readonly IInterruptLine line = line ?? throw new ArgumentNullException(nameof(line));
    private int high;

    /// <summary>A device's end of the line, low at first.</summary>
    public IInterruptLine AddInput() => new Input(this);

    private sealed class Input(SharedInterruptLine shared) : IInterruptLine
    {
        private bool level;

        // Passed on even if it is no change: after a restore, the line may not be what it was.
        public void SetLevel(bool level)
        {
            lock (shared.gate)
            {
                shared.high += (level ? 1 : 0) - (this.level ? 1 : 0);
                this.level = level;
                shared.line.SetLevel(shared.high > 0);
            }
        }
    }
}
