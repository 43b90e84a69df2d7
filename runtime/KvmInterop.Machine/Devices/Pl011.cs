using static KvmInterop.Machine.Devices.Pl011Registers;

namespace KvmInterop.Machine.Devices;

/// <summary>
/// An Arm PrimeCell UART, PL011 (DDI 0183G, r1p4 with FIFOs of 16): the serial port of arm64 machines.
/// </summary>
/// <remarks>
/// <para>What the guest sends is at the output at once, so its transmitter is always empty; each character
/// raises the transmit interrupt, as it leaves the FIFO past its trigger level (2.8.3). Characters are sent even
/// while UARTCR has the UART off, because drivers for early messages count on firmware that left it on. Baud
/// rates, parity and DMA are kept and do nothing.</para>
/// <para>Any thread may call all members. The output is called without the device's lock.</para>
/// </remarks>
public sealed partial class Pl011 : RegisterDevice<uint>, ISerialPort, IDeviceState
{
    /// <summary>Bytes of its registers.</summary>
    public const ulong Size = 0x1000;

    private const uint PeripheralId = 0x0014_1011;

    private readonly Lock gate = new();
    private readonly IByteOutput output;
    private readonly SerialBacklog backlog;
    private readonly ushort[] received = new ushort[FifoSize];

    // Under the gate.
    private InterruptLevel line;
    private int first;
    private int count;
    private Errors status;
    private uint lowPower;
    private uint integerBaud;
    private uint fractionalBaud;
    private Lcr lineControl;
    private Cr control = Cr.TransmitEnable | Cr.ReceiveEnable;
    private uint fifoLevel = FifoLevelReset;
    private Interrupts mask;
    private Interrupts raw;
    private uint dma;
    private long lostOutput;

    /// <summary>Makes one as it is after a reset (table 3-1).</summary>
    /// <param name="interrupt">Its combined interrupt, UARTINTR: level-triggered.</param>
    /// <param name="output">What the guest sends.</param>
    /// <param name="backlog">Characters that wait for the guest beyond the FIFO's 16, 1 or more.</param>
    public Pl011(IInterruptLine interrupt, IByteOutput output, int backlog = 1024)
    {
        ArgumentNullException.ThrowIfNull(interrupt);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfLessThan(backlog, 1);
        line = new InterruptLevel(interrupt);
        this.output = output;
        this.backlog = new SerialBacklog(backlog, Settle);
    }

    /// <summary>Characters that the output refused with an <see cref="IOException"/>.</summary>
    public long LostOutput => Interlocked.Read(ref lostOutput);

    private bool IsLooped => (control & Cr.Loop) != 0;

    private int Capacity => (lineControl & Lcr.Fifos) != 0 ? FifoSize : 1;

    /// <inheritdoc/>
    protected override uint ReadRegister(ulong offset)
    {
        uint value;
        bool hasRoom;
        lock (gate)
        {
            value = offset switch
            {
                Data => Pop(),
                Status => (uint)status >> 8,
                Flag => (uint)Flags(),
                LowPower => lowPower,
                IntegerBaud => integerBaud,
                FractionalBaud => fractionalBaud,
                LineControl => (uint)lineControl,
                Control => (uint)control,
                FifoLevel => fifoLevel,
                Mask => (uint)mask,
                RawInterrupts => (uint)raw,
                MaskedInterrupts => (uint)(raw & mask),
                DmaControl => dma,
                >= PrimeCellId.First and < Size => PrimeCellId.Read(offset, PeripheralId),
                _ => 0,
            };
            Settle();
            hasRoom = backlog.TakeRoom();
        }

        backlog.TellRoom(hasRoom);
        return value;
    }

    /// <inheritdoc/>
    protected override void WriteRegister(ulong offset, uint value)
    {
        bool isSent = false;
        bool hasRoom;
        lock (gate)
        {
            switch (offset)
            {
                case Data:
                    isSent = !IsLooped;
                    Transmit((byte)value);
                    break;
                case Status:
                    status = Errors.None; // UARTECR: any value clears them.
                    break;
                case LineControl:
                    WriteLineControl((Lcr)value & Lcr.All);
                    break;
                case Control:
                    control = (Cr)value & Cr.All;
                    break;
                case Mask:
                    mask = (Interrupts)value & Interrupts.All;
                    break;
                case InterruptClear:
                    raw &= ~(Interrupts)value;
                    break;
                default:
                    Keep(offset, value);
                    break;
            }

            Settle();
            hasRoom = backlog.TakeRoom();
        }

        if (isSent)
        {
            Send((byte)value);
        }

        backlog.TellRoom(hasRoom);
    }

    /// <summary>
    /// Drivers write bytes and halfwords to the low end of registers, and the bus of a PrimeCell takes them as
    /// the register's value (2.2: its registers are narrow).
    /// </summary>
    protected override void WritePart(ulong offset, uint value, uint mask)
    {
        if ((mask & 1) != 0)
        {
            WriteRegister(offset, value);
        }
    }

    private void Keep(ulong offset, uint value)
    {
        switch (offset)
        {
            case LowPower:
                lowPower = value & byte.MaxValue;
                break;
            case IntegerBaud:
                integerBaud = value & ushort.MaxValue;
                break;
            case FractionalBaud:
                fractionalBaud = value & FractionalBaudBits;
                break;
            case FifoLevel:
                fifoLevel = value & FifoLevelBits;
                break;
            case DmaControl:
                dma = value & DmaBits;
                break;
            default:
                break; // Read-only, or none.
        }
    }

    // Last and without the lock: the registers are as they must be even if the host's file is not.
    private void Send(byte value)
    {
        try
        {
            output.Write(new ReadOnlySpan<byte>(in value));
        }
        catch (IOException)
        {
            Interlocked.Increment(ref lostOutput);
        }
    }

    private void Transmit(byte value)
    {
        raw |= Interrupts.Transmitted;
        if (IsLooped)
        {
            ReceiveInLoop(value);
        }
    }

    // 3.3.7, FEN: the FIFOs become holding registers of one byte, and what was in them is gone.
    private void WriteLineControl(Lcr value)
    {
        if (((value ^ lineControl) & Lcr.Fifos) != 0)
        {
            first = 0;
            count = 0;
            NoteTaken();
        }

        lineControl = value;
    }

    private Fr Flags()
    {
        Fr flags = Fr.TransmitterEmpty | (count == 0 ? Fr.ReceiverEmpty : 0)
            | (count >= Capacity ? Fr.ReceiverFull : 0);
        if (!IsLooped)
        {
            // A null modem's other side: there, ready and with a carrier.
            return flags | Fr.ClearToSend | Fr.DataSetReady | Fr.Carrier;
        }

        // 2.4.6: in loop-back the modem's outputs are the inputs.
        return flags | ((control & Cr.RequestToSend) != 0 ? Fr.ClearToSend : 0)
            | ((control & Cr.DataTerminalReady) != 0 ? Fr.DataSetReady : 0)
            | ((control & Cr.Out1) != 0 ? Fr.Carrier : 0)
            | ((control & Cr.Out2) != 0 ? Fr.Ring : 0);
    }

    /// <summary>After each change: moves what waits, and sets the line to what the registers ask for.</summary>
    private void Settle()
    {
        RefillReceiver();
        line.Set((raw & mask) != 0);
    }
}
