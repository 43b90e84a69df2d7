namespace KvmInterop.Machine.Devices;

/// <summary>Commands, bits and answers (IBM PS/2 Hardware Interface Technical Reference, keyboard and
/// auxiliary device controller), and saving them.</summary>
public sealed partial class I8042
{
    private const string Kind = "i8042";
    private const ushort Version = 1;

    private const int MemorySize = 32;
    private const int CommandByte = 0;

    private const byte TestPassed = 0x55;
    private const byte NoError = 0x00;
    private const byte ClockStuckLow = 0x01;
    private const byte KeyboardUnlocked = 0x80;
    private const byte NoAnswer = 0xfe;

    [Flags]
    private enum Status : byte
    {
        None = 0,
        OutputFull = 1 << 0,
        SystemFlag = 1 << 2,
        IsCommand = 1 << 3,
        NotInhibited = 1 << 4,
        Timeout = 1 << 6,
        All = OutputFull | SystemFlag | IsCommand | NotInhibited | Timeout,
    }

    [Flags]
    private enum Config : byte
    {
        None = 0,
        KeyboardInterrupt = 1 << 0,
        KeyboardDisabled = 1 << 4,
    }

    [Flags]
    private enum OutputPort : byte
    {
        None = 0,
        NoReset = 1 << 0,
        GateA20 = 1 << 1,
        OutputFull = 1 << 4,
    }

    /// <inheritdoc/>
    public byte[] Save()
    {
        lock (gate)
        {
            DeviceStateWriter state = new(Kind, Version);
            state.Add((byte)status);
            state.Add(output);
            state.Add(outputPort);
            state.Add(pending);
            state.Add(memory);
            return state.ToArray();
        }
    }

    /// <inheritdoc/>
    public void Restore(ReadOnlySpan<byte> state)
    {
        DeviceStateReader reader = new(state, Kind, Version);
        Status newStatus = (Status)reader.NextByte() & Status.All;
        byte newOutput = reader.NextByte();
        byte newPort = reader.NextByte();
        byte newPending = reader.NextByte();
        ReadOnlySpan<byte> newMemory = reader.NextBytes(MemorySize);
        reader.End();
        if (newMemory.Length != MemorySize)
        {
            throw reader.Damaged($"its memory has {newMemory.Length} bytes and not {MemorySize}");
        }

        lock (gate)
        {
            status = newStatus;
            output = newOutput;
            SetOutputPort(newPort);
            pending = newPending;
            newMemory.CopyTo(memory);
            line.Force(WantsInterrupt);
        }
    }

    private static class Command
    {
        // The command byte is byte 0 of the memory, so these read and write that too.
        internal const byte ReadMemory = 0x20;
        internal const byte WriteMemory = 0x60;
        internal const byte TestMouse = 0xa9;
        internal const byte TestController = 0xaa;
        internal const byte TestKeyboard = 0xab;
        internal const byte DisableKeyboard = 0xad;
        internal const byte EnableKeyboard = 0xae;
        internal const byte ReadInputPort = 0xc0;
        internal const byte ReadOutputPort = 0xd0;
        internal const byte WriteOutputPort = 0xd1;
        internal const byte WriteKeyboardOutput = 0xd2;
        internal const byte WriteMouseOutput = 0xd3;
        internal const byte WriteMouse = 0xd4;
        internal const byte Pulse = 0xf0;
    }
}
