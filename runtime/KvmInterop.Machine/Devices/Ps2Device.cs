namespace KvmInterop.Machine.Devices;

/// <summary>What is plugged in at a PS/2 port: takes commands, byte by byte, and answers each at once.</summary>
/// <remarks>A new byte for it ends an answer that was not fetched (IBM PS/2 Hardware Interface Technical
/// Reference, keyboards: "commands from the system"). Its controller locks.</remarks>
internal abstract class Ps2Device
{
    protected const byte Acknowledge = 0xfa;
    protected const byte TestPassed = 0xaa;
    protected const byte Resend = 0xfe;

    // The longest answer: a mouse's acknowledgement and a packet of four bytes.
    private const int Room = 8;

    private readonly ByteQueue answers = new(Room);

    /// <summary>The command that waits for its value; 0 for none.</summary>
    protected byte Pending { get; private set; }

    /// <summary>A byte from the guest.</summary>
    internal void Write(byte value)
    {
        answers.Clear();
        byte command = Pending;
        Pending = 0;
        if (command == 0)
        {
            Execute(value);
        }
        else
        {
            SetValue(command, value);
        }
    }

    /// <summary>The next byte of the answer, if there is one.</summary>
    internal bool TryTake(out byte value)
    {
        Span<byte> next = stackalloc byte[1];
        bool isThere = answers.Dequeue(next) > 0;
        value = next[0];
        return isThere;
    }

    internal virtual void Save(DeviceStateWriter state)
    {
        state.Add(Pending);
        byte[] waiting = new byte[answers.Count];
        answers.Peek(waiting);
        state.Add(waiting);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <returns>What sets it, once all is known to be good.</returns>
    internal virtual Action Prepare(ref DeviceStateReader state)
    {
        byte pending = state.NextByte();
        byte[] waiting = state.NextBytes(Room).ToArray();
        return () =>
        {
            Pending = pending;
            answers.Clear();
            answers.Enqueue(waiting);
        };
    }

    protected abstract void Execute(byte command);

    protected abstract void SetValue(byte command, byte value);

    protected void Answer(params ReadOnlySpan<byte> bytes) => answers.Enqueue(bytes);

    /// <summary>Acknowledges a command that a value follows.</summary>
    protected void Expect(byte command)
    {
        Pending = command;
        Answer(Acknowledge);
    }
}
