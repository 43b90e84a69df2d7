namespace KvmInterop.Machine.Devices;

/// <summary>What comes in: characters of the host, breaks, modem lines, and what the guest sends
/// itself.</summary>
public sealed partial class Serial16550
{
    // A null modem's other side: there, ready and with a carrier.
    private const Uart.Msr Connected = Uart.Msr.ClearToSend | Uart.Msr.DataSetReady | Uart.Msr.Carrier;

    /// <summary>
    /// Called when <see cref="Receive"/> had to leave bytes and there is room now. Once each time; not under
    /// the device's lock.
    /// </summary>
    /// <remarks>Usually on a vCPU's thread: hand it on, as by <see cref="EventFd.Signal"/>, and do no I/O.
    /// </remarks>
    public event Action? RoomAvailable;

    /// <summary>Gives the guest characters.</summary>
    /// <remarks>
    /// None is lost: up to 16 go to the UART's FIFO, others wait beyond it for as long as there is room. In
    /// loop-back all wait, the line being cut off.
    /// </remarks>
    /// <param name="data">The characters.</param>
    /// <returns>How many were taken. Keep the rest until <see cref="RoomAvailable"/>.</returns>
    public int Receive(ReadOnlySpan<byte> data)
    {
        lock (gate)
        {
            int taken = 0;
            do
            {
                taken += backlog.Enqueue(data[taken..]);
                Settle();
            }
            while (taken < data.Length && backlog.Room > 0);

            wantsRoom |= taken < data.Length;
            return taken;
        }
    }

    /// <summary>A break: the line is held low for longer than a character. Linux takes it as SysRq.</summary>
    /// <returns>Whether it was taken; not where the receiver is full or in loop-back.</returns>
    public bool ReceiveBreak()
    {
        lock (gate)
        {
            if (receiver.IsFull || IsLooped)
            {
                return false;
            }

            receiver.Push(0, Uart.Lsr.Break);
            Settle();
            return true;
        }
    }

    /// <summary>Under the gate: whether to call <see cref="TellRoom"/> after it.</summary>
    private bool TakeRoom()
    {
        bool tells = wantsRoom && backlog.Room > 0;
        wantsRoom &= !tells;
        return tells;
    }

    private void TellRoom(bool hasRoom)
    {
        if (hasRoom)
        {
            RoomAvailable?.Invoke();
        }
    }

    private void RefillReceiver()
    {
        Span<byte> next = stackalloc byte[1];
        while (!IsLooped && !receiver.IsFull && backlog.Dequeue(next) > 0)
        {
            receiver.Push(next[0], Uart.Lsr.None);
        }
    }

    // Only here can characters come faster than the guest takes them (8.4, bit 1): with FIFOs the newest is
    // lost, without them it overwrites the one before.
    private void ReceiveInLoop(byte value)
    {
        if (!receiver.IsFull)
        {
            receiver.Push(value, Uart.Lsr.None);
            return;
        }

        lineErrors |= Uart.Lsr.Overrun;
        if (!HasFifos)
        {
            receiver.OverwriteNewest(value);
        }
    }

    private byte ReadModemStatus()
    {
        Uart.Msr status = ModemLines() | modemChanges;
        modemChanges = Uart.Msr.None;
        return (byte)status;
    }

    private void WriteModemControl(Uart.Mcr value)
    {
        Uart.Msr before = ModemLines();
        modemControl = value;
        Uart.Msr now = ModemLines();

        // 8.9: each line's change has its bit four places below, but for RI, where only the end counts.
        Uart.Msr changed = (before ^ now) & ~(now & Uart.Msr.Ring);
        modemChanges |= (Uart.Msr)((byte)changed >> 4);
    }

    // In loop-back the outputs are the inputs (8.8, bit 4).
    private Uart.Msr ModemLines() => !IsLooped ? Connected
        : Looped(Uart.Mcr.RequestToSend, Uart.Msr.ClearToSend)
        | Looped(Uart.Mcr.DataTerminalReady, Uart.Msr.DataSetReady)
        | Looped(Uart.Mcr.Out1, Uart.Msr.Ring)
        | Looped(Uart.Mcr.Out2, Uart.Msr.Carrier);

    private Uart.Msr Looped(Uart.Mcr output, Uart.Msr input) =>
        (modemControl & output) != 0 ? input : Uart.Msr.None;
}
