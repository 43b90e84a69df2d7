namespace KvmInterop.Examples.MiniMachine;

/// <summary>
/// What comes on a file of the host, as one register: the guest reads the next character, or 0. The interrupt
/// is there as long as there is one to read.
/// </summary>
/// <remarks>Used by processors' threads and the main loop's at once, so that its state has a lock.</remarks>
internal sealed class KeyboardDevice : IBusDevice, IDisposable
{
    private const int MostAtOnce = 256;

    private readonly Lock gate = new();
    private readonly Queue<byte> waiting = new();
    private readonly EventLoop events;
    private readonly FileStream input;
    private readonly IInterruptLine line;
    private EventRegistration? registration;
    private bool hasEnded;

    public KeyboardDevice(EventLoop events, FileStream input, IInterruptLine line)
    {
        this.events = events;
        this.input = input;
        this.line = line;
        try
        {
            Watch();
        }
        catch (KvmException e) when (e.ErrnoName == "EPERM")
        {
            // A file on a disk, or /dev/null: nobody types there, and it cannot be waited for.
            hasEnded = true;
        }
    }

    public void Dispose() => registration?.Dispose();

    public void Read(ulong offset, Span<byte> data)
    {
        data.Clear();
        lock (gate)
        {
            if (waiting.TryDequeue(out data[0]) && waiting.Count == 0)
            {
                line.SetLevel(false);
                Watch();
            }
        }
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        // Nothing to be set: what a guest writes here is lost.
    }

    private void Watch()
    {
        if (!hasEnded)
        {
            registration = events.Add(input.SafeFileHandle, FileEvents.Readable, _ => TakeInput());
        }
    }

    // On the main loop's thread. Then no more until the guest has read this: one that reads nothing must not
    // fill the host's memory.
    private void TakeInput()
    {
        Span<byte> bytes = stackalloc byte[MostAtOnce];
        lock (gate)
        {
            registration?.Dispose();
            int length = input.Read(bytes);
            hasEnded = length == 0;
            foreach (byte each in bytes[..length])
            {
                waiting.Enqueue(each);
            }

            line.SetLevel(length > 0);
        }
    }
}
