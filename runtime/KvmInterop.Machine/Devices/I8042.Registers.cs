namespace KvmInterop.Machine.Devices;

/// <summary>Commands, bits and answers (IBM PS/2 Hardware Interface Technical Reference, keyboard and
/// auxiliary device controller), and saving them.</summary>
public sealed partial class I8042
{
    private const string Kind = "i8042";
    private const ushort Version = 2; // 1 had no keyboard and no mouse.

    private const int MemorySize = 32;
    private const int CommandByte = 0;

    private const byte ControllerPassed = 0x55;
    private const byte NoError = 0x00;
    private const byte KeyboardUnlocked = 0x80;

    [Flags]
    private enum Status : byte
    {
        None = 0,
        OutputFull = 1 << 0,
        SystemFlag = 1 << 2,
        IsCommand = 1 << 3,
        NotInhibited = 1 << 4,
        OfMouse = 1 << 5,
        All = OutputFull | SystemFlag | IsCommand | NotInhibited | OfMouse,
    }

    [Flags]
    private enum Config : byte
    {
        None = 0,
        KeyboardInterrupt = 1 << 0,
        MouseInterrupt = 1 << 1,
        KeyboardDisabled = 1 << 4,
        MouseDisabled = 1 << 5,
        Translated = 1 << 6,
    }

    [Flags]
    private enum OutputPort : byte
    {
        None = 0,
        NoReset = 1 << 0,
        GateA20 = 1 << 1,

        /// <summary>Clocks and data of the two devices, which nobody pulls low.</summary>
        Pulled = 0xcc,
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
            keyboard.Save(state);
            mouse.Save(state);
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
        Action restoreKeyboard = keyboard.Prepare(ref reader);
        Action restoreMouse = mouse.Prepare(ref reader);
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
            restoreKeyboard();
            restoreMouse();
            keyboardLine.Force(WantsKeyboardInterrupt);
            mouseLine.Force(WantsMouseInterrupt);
        }
    }

    // Scan codes of set 2 to those of set 1, of which a keyboard without keys sends those in its answers.
    private static byte Translate(byte code) => code switch
    {
        0x01 => 0x43,
        0x02 => 0x41,
        0x03 => 0x3f,
        0x83 => 0x41,
        _ => code,
    };

    private static class Command
    {
        // The command byte is byte 0 of the memory, so these read and write that too.
        internal const byte ReadMemory = 0x20;
        internal const byte WriteMemory = 0x60;
        internal const byte DisableMouse = 0xa7;
        internal const byte EnableMouse = 0xa8;
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
        internal const byte DisableA20 = 0xdd;
        internal const byte EnableA20 = 0xdf;
        internal const byte Pulse = 0xf0;
    }
}
