namespace KvmInterop.Machine.Devices;

/// <summary>The keyboard controller of a PC (8042), with no keyboard and no mouse: guests test it, and reset
/// the machine by it.</summary>
/// <remarks>
/// <para>Ports 0x60 (<see cref="DataPort"/>) and 0x64 (<see cref="CommandPort"/>); 0x61 between them is another
/// device. Each takes accesses of any width as one of its first byte.</para>
/// <para>As on an AT, there is no second channel: the commands for it answer so that a driver finds it missing
/// at once. What is sent to a keyboard comes back as a time-out (0xfe, with the status's time-out bit), and
/// not never, so that nobody waits for it.</para>
/// <para>All members may be called from any thread.</para>
/// </remarks>
public sealed partial class I8042 : IDeviceState
{
    private readonly Lock gate = new();
    private readonly IMachineControl control;
    private readonly Port dataPort;
    private readonly Port commandPort;

    // Under the gate.
    private readonly byte[] memory = new byte[MemorySize];
    private InterruptLevel line;
    private Status status = Status.NotInhibited;
    private byte output;
    private byte outputPort = (byte)(OutputPort.NoReset | OutputPort.GateA20);

    // The command that waits for its byte at the data port; 0 for none.
    private byte pending;

    /// <summary>Makes one as it is after a reset.</summary>
    /// <param name="interrupt">The keyboard's line, IRQ 1. High while a byte waits and the command byte asks for
    /// interrupts.</param>
    /// <param name="control">Is told of resets.</param>
    public I8042(IInterruptLine interrupt, IMachineControl control)
    {
        ArgumentNullException.ThrowIfNull(interrupt);
        ArgumentNullException.ThrowIfNull(control);
        line = new InterruptLevel(interrupt);
        this.control = control;
        dataPort = new Port(ReadData, WriteData);
        commandPort = new Port(ReadStatus, WriteCommand);
        memory[CommandByte] = (byte)Config.KeyboardDisabled;
    }

    /// <summary>Port 0x60.</summary>
    public IBusDevice DataPort => dataPort;

    /// <summary>Port 0x64.</summary>
    public IBusDevice CommandPort => commandPort;

    private byte ReadStatus()
    {
        lock (gate)
        {
            return (byte)status;
        }
    }

    // The last byte stays in the register when it was taken.
    private byte ReadData()
    {
        lock (gate)
        {
            status &= ~(Status.OutputFull | Status.Timeout);
            line.Set(false);
            return output;
        }
    }

    private void WriteCommand(byte command)
    {
        bool resets;
        lock (gate)
        {
            status |= Status.IsCommand;
            pending = 0;
            resets = Execute(command);
        }

        EndIf(resets);
    }

    private void WriteData(byte value)
    {
        bool resets = false;
        lock (gate)
        {
            status &= ~Status.IsCommand;
            byte command = pending;
            pending = 0;
            switch (command)
            {
                case Command.WriteOutputPort:
                    resets = SetOutputPort(value);
                    break;
                case Command.WriteKeyboardOutput or Command.WriteMouseOutput:
                    Answer(value);
                    break;
                case >= Command.WriteMemory and < Command.WriteMemory + MemorySize:
                    memory[command - Command.WriteMemory] = value;
                    break;
                default:
                    // For the keyboard or, after 0xd4, the mouse: nobody takes it.
                    Answer(NoAnswer, Status.Timeout);
                    break;
            }

            Settle();
        }

        EndIf(resets);
    }

    private bool Execute(byte command)
    {
        switch (command)
        {
            case >= Command.ReadMemory and < Command.ReadMemory + MemorySize:
                Answer(memory[command - Command.ReadMemory]);
                break;
            case >= Command.WriteMemory and < Command.WriteMemory + MemorySize:
            case Command.WriteOutputPort or Command.WriteKeyboardOutput or Command.WriteMouseOutput
                or Command.WriteMouse:
                pending = command;
                break;
            case Command.TestMouse:
                Answer(ClockStuckLow);
                break;
            case Command.TestController:
                status |= Status.SystemFlag;
                Answer(TestPassed);
                break;
            case Command.TestKeyboard:
                Answer(NoError);
                break;
            case Command.DisableKeyboard:
                memory[CommandByte] |= (byte)Config.KeyboardDisabled;
                break;
            case Command.EnableKeyboard:
                memory[CommandByte] &= (byte)~Config.KeyboardDisabled;
                break;
            case Command.ReadInputPort:
                Answer(KeyboardUnlocked);
                break;
            case Command.ReadOutputPort:
                Answer((byte)(outputPort | (byte)(
                    (status & Status.OutputFull) != 0 ? OutputPort.OutputFull : OutputPort.None)));
                break;
            case >= Command.Pulse:
                // Bits 0 to 3 that are clear go low for 6 microseconds; bit 0 is the processor's reset.
                return (command & (byte)OutputPort.NoReset) == 0;
            default:
                break;
        }

        Settle();
        return false;
    }

    private bool SetOutputPort(byte value)
    {
        outputPort = (byte)(value & (byte)(OutputPort.NoReset | OutputPort.GateA20));
        return (value & (byte)OutputPort.NoReset) == 0;
    }

    private void Answer(byte value, Status errors = Status.None)
    {
        output = value;
        status = (status & ~Status.Timeout) | Status.OutputFull | errors;
    }

    private bool WantsInterrupt => (status & Status.OutputFull) != 0
        && (memory[CommandByte] & (byte)Config.KeyboardInterrupt) != 0;

    private void Settle() => line.Set(WantsInterrupt);

    private void EndIf(bool resets)
    {
        if (resets)
        {
            control.EndMachine(new MachineEnd.Reset("i8042"));
        }
    }

    private sealed class Port(Func<byte> read, Action<byte> write) : IBusDevice
    {
        public void Read(ulong offset, Span<byte> data)
        {
            data.Fill(byte.MaxValue);
            data[0] = read();
        }

        public void Write(ulong offset, ReadOnlySpan<byte> data) => write(data[0]);
    }
}
