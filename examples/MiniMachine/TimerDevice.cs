namespace KvmInterop.Examples.MiniMachine;

/// <summary>
/// A timer that interrupts: the guest writes a period in milliseconds to the first register, and reads from
/// the second how many have passed, which takes the interrupt away.
/// </summary>
/// <remarks>Used by processors' threads and the main loop's at once, so that its state has a lock.</remarks>
internal sealed class TimerDevice : RegisterDevice<ushort>, IDisposable
{
    /// <summary>Two registers.</summary>
    public const ushort Size = 4;

    private const ulong Period = 0;
    private const ulong Passed = 2;

    private readonly Lock gate = new();
    private readonly IInterruptLine line;
    private readonly EventTimer timer;
    private ushort period;
    private ulong passed;

    public TimerDevice(EventLoop events, IInterruptLine line)
    {
        this.line = line;
        timer = events.AddTimer(Tick);
    }

    public void Dispose() => timer.Dispose();

    protected override ushort ReadRegister(ulong offset)
    {
        lock (gate)
        {
            if (offset == Period)
            {
                return period;
            }

            ushort value = (ushort)Math.Min(passed, ushort.MaxValue);
            passed = 0;
            line.SetLevel(false);
            return value;
        }
    }

    protected override void WriteRegister(ulong offset, ushort value)
    {
        if (offset == Passed)
        {
            return;
        }

        lock (gate)
        {
            period = value;
            if (value == 0)
            {
                timer.Cancel();
            }
            else
            {
                timer.Set(TimeSpan.FromMilliseconds(value), TimeSpan.FromMilliseconds(value));
            }
        }
    }

    // On the main loop's thread.
    private void Tick(ulong times)
    {
        lock (gate)
        {
            passed += times;
            line.SetLevel(true);
        }
    }
}
