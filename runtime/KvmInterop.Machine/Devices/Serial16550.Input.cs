namespace KvmInterop.Machine.Devices;

/// <summary>What comes in: characters of the host, breaks, modem lines, and what the guest sends
/// itself.</summary>
public sealed partial class Serial16550
{
    // A null modem's other side: there, ready and with a carrier.
    private const Uart.Msr Connected = Uart.Msr.ClearToSend | Uart.Msr.DataSetReady | Uart.Msr.Carrier;

    /// <inheritdoc/>
    public event Action? RoomAvailable
    {
        add => backlog.RoomAvailable += value;
        remove => backlog.RoomAvailable -= value;
    }

    /// <inheritdoc/>
    public int Receive(ReadOnlySpan<byte> data)
    {
        lock (gate)
        {
            return backlog.Receive(data);
        }
    }

    /// <inheritdoc/>
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

    private void RefillReceiver()
    {
        while (!IsLooped && !receiver.IsFull && backlog.TryTake(out byte next))
        {
            receiver.Push(next, Uart.Lsr.None);
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
