namespace KvmInterop.Machine.Devices;

/// <summary>Saving and restoring.</summary>
public sealed partial class Serial16550
{
    private const string Kind = "serial-16550";
    private const ushort Version = 1;

    /// <summary>As a PC's firmware leaves it: 9600 baud, and its interrupt let through.</summary>
    internal void SetUpAsBios()
    {
        lock (gate)
        {
            divisor = Uart.DivisorOf9600;
            modemControl = Uart.Mcr.Out2;
        }
    }

    /// <inheritdoc/>
    /// <remarks>Characters that wait for the guest are part of it; what was given out is not.</remarks>
    public byte[] Save()
    {
        lock (gate)
        {
            DeviceStateWriter state = new(Kind, Version);
            state.Add(divisor);
            state.Add((byte)enabled);
            state.Add((byte)fifoControl);
            state.Add(lineControl);
            state.Add((byte)modemControl);
            state.Add((byte)lineErrors);
            state.Add((byte)modemChanges);
            state.Add(scratch);
            state.Add(transmitterInterrupt);
            receiver.Save(state);
            backlog.Save(state);
            return state.ToArray();
        }
    }

    /// <inheritdoc/>
    public void Restore(ReadOnlySpan<byte> state)
    {
        DeviceStateReader reader = new(state, Kind, Version);
        ushort newDivisor = reader.NextUInt16();
        Uart.Ier newEnabled = (Uart.Ier)reader.NextByte() & Uart.Ier.All;
        Uart.Fcr newFifoControl = (Uart.Fcr)reader.NextByte();
        byte newLineControl = reader.NextByte();
        Uart.Mcr newModemControl = (Uart.Mcr)reader.NextByte() & Uart.Mcr.All;
        Uart.Lsr newErrors = (Uart.Lsr)reader.NextByte() & Uart.Lsr.Errors;
        Uart.Msr newChanges = (Uart.Msr)reader.NextByte() & Uart.Msr.Changes;
        byte newScratch = reader.NextByte();
        bool newInterrupt = reader.NextBoolean();
        byte last = reader.NextByte();
        bool hasFifos = (newFifoControl & Uart.Fcr.Enable) != 0;
        ReadOnlySpan<byte> received = reader.NextBytes(2 * (hasFifos ? Uart.FifoSize : 1));
        ReadOnlySpan<byte> waiting = backlog.Read(ref reader);
        reader.End();
        if (received.Length % 2 != 0)
        {
            throw reader.Damaged("a received character lacks its errors");
        }

        bool hasRoom;
        lock (gate)
        {
            divisor = newDivisor;
            enabled = newEnabled;
            lineControl = newLineControl;
            modemControl = newModemControl;
            modemChanges = newChanges;
            scratch = newScratch;
            WriteFifoControl(newFifoControl);
            receiver.Restore(last, received);
            lineErrors = newErrors;
            transmitterInterrupt = newInterrupt;
            backlog.Restore(waiting);
            Move();
            line.Force(InterruptId() != Uart.Iir.None);
            hasRoom = backlog.TakeRoom();
        }

        backlog.TellRoom(hasRoom);
    }
}
