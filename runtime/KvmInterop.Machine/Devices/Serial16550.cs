namespace KvmInterop.Machine.Devices;

/// <summary>A serial port of a PC: a 16550A UART (National Semiconductor PC16550D data sheet).</summary>
/// <remarks>
/// <para>8 registers of a byte, at I/O ports (COM1: 0x3f8, IRQ 4) or in memory. Wide accesses are accesses to
/// one register after the other, as an ISA bus makes of them.</para>
/// <para>Transmission takes no time: the transmitter is empty whenever the guest looks, whatever the host does
/// with the character. So a character time-out comes at once, too. Divisor, parity and stop bits are kept and
/// mean nothing.</para>
/// <para>The interrupt is the line's level: what the registers ask for after each change of them. (A PC's board
/// passes it on only if the guest has set OUT2; here, as in other virtual machines, it is always passed on.)
/// </para>
/// <para>All members may be called from any thread. The line is set, and nothing else is called, under the
/// device's lock.</para>
/// </remarks>
public sealed partial class Serial16550 : RegisterDevice<byte>, ISerialPort, IDeviceState
{
    /// <summary>How many ports or bytes it has.</summary>
    public const ushort Size = 8;

    private readonly Lock gate = new();
    private readonly IByteOutput output;
    private readonly ReceiverFifo receiver = new();
    private readonly SerialBacklog backlog;

    // All of this under the gate.
    private InterruptLevel line;
    private ushort divisor = 1;
    private Uart.Ier enabled;
    private Uart.Fcr fifoControl;
    private byte lineControl;
    private Uart.Mcr modemControl;
    private Uart.Lsr lineErrors;
    private Uart.Msr modemChanges;
    private byte scratch;
    private bool transmitterInterrupt;
    private long lostOutput;

    /// <summary>Makes one as it is after a reset (table I).</summary>
    /// <param name="interrupt">Its interrupt line, level-triggered.</param>
    /// <param name="output">What the guest sends.</param>
    /// <param name="backlog">Characters that wait for the guest beyond the 16 of the FIFO, 1 or more.</param>
    public Serial16550(IInterruptLine interrupt, IByteOutput output, int backlog = 1024)
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

    private bool HasFifos => (fifoControl & Uart.Fcr.Enable) != 0;

    private bool IsLooped => (modemControl & Uart.Mcr.Loop) != 0;

    private bool IsDivisorLatched => (lineControl & (byte)Uart.Lcr.DivisorLatch) != 0;

    /// <inheritdoc/>
    protected override byte ReadRegister(ulong offset)
    {
        byte value;
        bool hasRoom;
        lock (gate)
        {
            value = offset switch
            {
                Uart.Data when IsDivisorLatched => (byte)divisor,
                Uart.InterruptEnable when IsDivisorLatched => (byte)(divisor >> 8),
                Uart.Data => receiver.Pop(),
                Uart.InterruptEnable => (byte)enabled,
                Uart.InterruptId => ReadInterruptId(),
                Uart.LineControl => lineControl,
                Uart.ModemControl => (byte)modemControl,
                Uart.LineStatus => ReadLineStatus(),
                Uart.ModemStatus => ReadModemStatus(),
                _ => scratch,
            };
            Settle();
            hasRoom = backlog.TakeRoom();
        }

        backlog.TellRoom(hasRoom);
        return value;
    }

    /// <inheritdoc/>
    protected override void WriteRegister(ulong offset, byte value)
    {
        bool isSent = false;
        bool hasRoom;
        lock (gate)
        {
            switch (offset)
            {
                case Uart.Data when IsDivisorLatched:
                    divisor = (ushort)((divisor & 0xff00) | value);
                    break;
                case Uart.InterruptEnable when IsDivisorLatched:
                    divisor = (ushort)((divisor & 0x00ff) | (value << 8));
                    break;
                case Uart.Data:
                    isSent = !IsLooped;
                    Transmit(value);
                    break;
                case Uart.InterruptEnable:
                    WriteInterruptEnable((Uart.Ier)value & Uart.Ier.All);
                    break;
                case Uart.InterruptId:
                    WriteFifoControl((Uart.Fcr)value);
                    break;
                case Uart.LineControl:
                    lineControl = value;
                    break;
                case Uart.ModemControl:
                    WriteModemControl((Uart.Mcr)value & Uart.Mcr.All);
                    break;
                case Uart.Scratch:
                    scratch = value;
                    break;
                default:
                    // LSR is for factory tests only (8.4), MSR's lines are the other side's.
                    break;
            }

            Settle();
            hasRoom = backlog.TakeRoom();
        }

        if (isSent)
        {
            Send(value);
        }

        backlog.TellRoom(hasRoom);
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

    // The character leaves THR at once, so THRE's interrupt is cleared by the write and comes again.
    private void Transmit(byte value)
    {
        transmitterInterrupt = true;
        if (IsLooped)
        {
            ReceiveInLoop(value);
        }
    }

    // An empty THR interrupts as soon as that is enabled (8.7); drivers test UARTs for it.
    private void WriteInterruptEnable(Uart.Ier value)
    {
        if ((value & ~enabled & Uart.Ier.TransmitterEmpty) != 0)
        {
            transmitterInterrupt = true;
        }

        enabled = value;
    }

    // 8.5: a change of bit 0 clears both FIFOs; without it the other bits are not programmed.
    private void WriteFifoControl(Uart.Fcr value)
    {
        bool isChanged = ((value ^ fifoControl) & Uart.Fcr.Enable) != 0;
        bool hasFifos = (value & Uart.Fcr.Enable) != 0;
        if (isChanged || (hasFifos && (value & Uart.Fcr.ResetReceiver) != 0))
        {
            receiver.Clear();
        }

        receiver.Capacity = hasFifos ? Uart.FifoSize : 1;
        fifoControl = hasFifos ? value & (Uart.Fcr.Enable | Uart.Fcr.Trigger) : Uart.Fcr.None;
    }

    private byte ReadInterruptId()
    {
        byte id = InterruptId();
        if (id == Uart.Iir.TransmitterEmpty)
        {
            transmitterInterrupt = false;
        }

        return (byte)(id | (HasFifos ? Uart.Iir.FifosEnabled : 0));
    }

    private byte ReadLineStatus()
    {
        Uart.Lsr status = lineErrors | Uart.Lsr.HoldingEmpty | Uart.Lsr.TransmitterEmpty;
        if (receiver.Count > 0)
        {
            status |= Uart.Lsr.DataReady;
        }

        if (HasFifos && ((lineErrors & Uart.Lsr.OfCharacter) != 0 || receiver.HasErrors))
        {
            status |= Uart.Lsr.FifoError;
        }

        lineErrors = Uart.Lsr.None;
        return (byte)status;
    }

    /// <summary>What asks for an interrupt, by priority (table IV).</summary>
    private byte InterruptId() =>
        (enabled & Uart.Ier.LineStatus) != 0 && lineErrors != 0 ? Uart.Iir.LineStatus
        : (enabled & Uart.Ier.Received) != 0 && receiver.Count > 0 ? ReceivedId()
        : (enabled & Uart.Ier.TransmitterEmpty) != 0 && transmitterInterrupt ? Uart.Iir.TransmitterEmpty
        : (enabled & Uart.Ier.ModemStatus) != 0 && modemChanges != 0 ? Uart.Iir.ModemStatus
        : Uart.Iir.None;

    // Fewer than the trigger level: nothing more comes "within four character times", so that time is over.
    private byte ReceivedId()
    {
        int trigger = ((byte)fifoControl >> 6) switch { 0 => 1, 1 => 4, 2 => 8, _ => 14 };
        return HasFifos && receiver.Count < trigger ? Uart.Iir.Timeout : Uart.Iir.Received;
    }

    /// <summary>After each change: moves what waits, and sets the line to what the registers ask for.</summary>
    private void Settle()
    {
        Move();
        line.Set(InterruptId() != Uart.Iir.None);
    }

    private void Move()
    {
        RefillReceiver();
        lineErrors |= receiver.TakeErrorsOfTop();
    }
}
