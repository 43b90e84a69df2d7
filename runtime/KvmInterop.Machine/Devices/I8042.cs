namespace KvmInterop.Machine.Devices;

/// <summary>The keyboard controller of a PC (8042), with a keyboard on which nobody types and a mouse that
/// nobody moves: guests test it, and reset the machine by it.</summary>
/// <remarks>
/// <para>Ports 0x60 (<see cref="DataPort"/>) and 0x64 (<see cref="CommandPort"/>); 0x61 between them is another
/// device. Each takes accesses of any width as one of its first byte.</para>
/// <para>What the guest tells the two is answered at once. An answer's bytes come one by one, each when the one
/// before was read; while the command byte disables a device its bytes wait. Sending to a device enables it.
/// The gate of address line 20 is a bit that reads back, and gates nothing.</para>
/// <para>All members may be called from any thread.</para>
/// </remarks>
public sealed partial class I8042 : IDeviceState
{
    private readonly Lock gate = new();
    private readonly IMachineControl control;
    private readonly Port dataPort;
    private readonly Port commandPort;

    // Under the gate.
    private readonly Ps2Keyboard keyboard = new();
    private readonly Ps2Mouse mouse = new();
    private readonly byte[] memory = new byte[MemorySize];
    private InterruptLevel keyboardLine;
    private InterruptLevel mouseLine;
    private Status status = Status.NotInhibited;
    private byte output;
    private byte outputPort = (byte)(OutputPort.NoReset | OutputPort.GateA20 | OutputPort.Pulled);

    // The command that waits for its byte at the data port; 0 for none.
    private byte pending;

    /// <summary>Makes one as it is after a reset.</summary>
    /// <param name="keyboardInterrupt">IRQ 1. High while a byte that is not the mouse's waits and the command byte
    /// asks for interrupts.</param>
    /// <param name="mouseInterrupt">IRQ 12, the same for the mouse.</param>
    /// <param name="control">Is told of resets.</param>
    public I8042(IInterruptLine keyboardInterrupt, IInterruptLine mouseInterrupt, IMachineControl control)
    {
        ArgumentNullException.ThrowIfNull(keyboardInterrupt);
        ArgumentNullException.ThrowIfNull(mouseInterrupt);
        ArgumentNullException.ThrowIfNull(control);
        keyboardLine = new InterruptLevel(keyboardInterrupt);
        mouseLine = new InterruptLevel(mouseInterrupt);
        this.control = control;
        dataPort = new Port(ReadData, WriteData);
        commandPort = new Port(ReadStatus, WriteCommand);
        memory[CommandByte] = (byte)(Config.KeyboardDisabled | Config.MouseDisabled);
    }

    /// <summary>Port 0x60.</summary>
    public IBusDevice DataPort => dataPort;

    /// <summary>Port 0x64.</summary>
    public IBusDevice CommandPort => commandPort;

    /// <summary>As a BIOS leaves it: tested, the keyboard enabled, its codes translated to set 1.</summary>
    internal void SetUpAsBios()
    {
        lock (gate)
        {
            status |= Status.SystemFlag | Status.IsCommand;
            memory[CommandByte] = (byte)(Config.KeyboardInterrupt | Config.MouseDisabled | Config.Translated);
        }
    }

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
            byte value = output;
            status &= ~(Status.OutputFull | Status.OfMouse);
            Drive();
            Settle();
            return value;
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
            Settle();
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
                case Command.WriteKeyboardOutput:
                    Answer(value);
                    break;
                case Command.WriteMouseOutput:
                    Answer(value, Status.OfMouse);
                    break;
                case Command.WriteMouse:
                    SetConfig(Config.MouseDisabled, false);
                    mouse.Write(value);
                    break;
                case >= Command.WriteMemory and < Command.WriteMemory + MemorySize:
                    memory[command - Command.WriteMemory] = value;
                    break;
                default:
                    SetConfig(Config.KeyboardDisabled, false);
                    keyboard.Write(value);
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
            case Command.DisableMouse or Command.EnableMouse:
                SetConfig(Config.MouseDisabled, command == Command.DisableMouse);
                break;
            case Command.TestController:
                status |= Status.SystemFlag;
                Answer(ControllerPassed);
                break;
            case Command.TestKeyboard or Command.TestMouse:
                Answer(NoError);
                break;
            case Command.DisableKeyboard or Command.EnableKeyboard:
                SetConfig(Config.KeyboardDisabled, command == Command.DisableKeyboard);
                break;
            case Command.ReadInputPort:
                Answer(KeyboardUnlocked);
                break;
            case Command.ReadOutputPort:
                Answer(outputPort);
                break;
            case Command.DisableA20 or Command.EnableA20:
                SetOutputPort((byte)(command == Command.EnableA20
                    ? outputPort | (byte)OutputPort.GateA20
                    : outputPort & (byte)~OutputPort.GateA20));
                break;
            case >= Command.Pulse:
                // Bits 0 to 3 that are clear go low for 6 microseconds; bit 0 is the processor's reset.
                return (command & (byte)OutputPort.NoReset) == 0;
            default:
                break;
        }

        return false;
    }

    private bool SetOutputPort(byte value)
    {
        outputPort = value;
        return (value & (byte)OutputPort.NoReset) == 0;
    }

    private void SetConfig(Config bit, bool isSet) =>
        memory[CommandByte] = (byte)(isSet ? memory[CommandByte] | (byte)bit : memory[CommandByte] & (byte)~bit);

    private bool Has(Config bit) => (memory[CommandByte] & (byte)bit) != 0;

    private void Answer(byte value, Status source = Status.None)
    {
        output = value;
        status = (status & ~Status.OfMouse) | Status.OutputFull | source;
    }

    /// <summary>After each change: lets the next byte in if there is room, and sets the lines.</summary>
    private void Settle()
    {
        if ((status & Status.OutputFull) == 0)
        {
            if (!Has(Config.KeyboardDisabled) && keyboard.TryTake(out byte key))
            {
                Answer(Has(Config.Translated) ? Translate(key) : key);
            }
            else if (!Has(Config.MouseDisabled) && mouse.TryTake(out byte movement))
            {
                Answer(movement, Status.OfMouse);
            }
        }

        Drive();
    }

    private void Drive()
    {
        keyboardLine.Set(WantsKeyboardInterrupt);
        mouseLine.Set(WantsMouseInterrupt);
    }

    private bool WantsKeyboardInterrupt =>
        (status & (Status.OutputFull | Status.OfMouse)) == Status.OutputFull && Has(Config.KeyboardInterrupt);

    private bool WantsMouseInterrupt =>
        (status & (Status.OutputFull | Status.OfMouse)) == (Status.OutputFull | Status.OfMouse)
        && Has(Config.MouseInterrupt);

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
