using static KvmInterop.Machine.Devices.Pl011Registers;

namespace KvmInterop.Machine.Devices;

/// <content>Saving and restoring.</content>
public sealed partial class Pl011
{
    private const string Kind = "pl011";
    private const ushort Version = 1;

    /// <inheritdoc/>
    /// <remarks>Characters that wait for the guest are part of it; what was given out is not.</remarks>
    public byte[] Save()
    {
        lock (gate)
        {
            DeviceStateWriter state = new(Kind, Version);
            state.Add((ushort)status);
            state.Add(lowPower);
            state.Add(integerBaud);
            state.Add(fractionalBaud);
            state.Add((uint)lineControl);
            state.Add((uint)control);
            state.Add(fifoLevel);
            state.Add((uint)mask);
            state.Add((uint)raw);
            state.Add(dma);
            state.Add((byte)count);
            for (int i = 0; i < count; i++)
            {
                state.Add(received[(first + i) % FifoSize]);
            }

            backlog.Save(state);
            return state.ToArray();
        }
    }

    /// <inheritdoc/>
    public void Restore(ReadOnlySpan<byte> state)
    {
        DeviceStateReader reader = new(state, Kind, Version);
        Errors newStatus = (Errors)reader.NextUInt16() & (Errors.OfCharacter | Errors.Overrun);
        Span<uint> plain = stackalloc uint[9];
        foreach (ref uint register in plain)
        {
            register = reader.NextUInt32();
        }

        Lcr newLineControl = (Lcr)plain[3] & Lcr.All;
        int newCount = reader.NextByte();
        if (newCount > ((newLineControl & Lcr.Fifos) != 0 ? FifoSize : 1))
        {
            throw reader.Damaged($"{newCount} characters are in a receiver that has less room");
        }

        Span<ushort> characters = stackalloc ushort[newCount];
        foreach (ref ushort character in characters)
        {
            character = (ushort)(reader.NextUInt16() & (byte.MaxValue | (ushort)Errors.OfCharacter));
        }

        ReadOnlySpan<byte> waiting = backlog.Read(ref reader);
        reader.End();
        bool hasRoom;
        lock (gate)
        {
            status = newStatus;
            lowPower = plain[0] & byte.MaxValue;
            integerBaud = plain[1] & ushort.MaxValue;
            fractionalBaud = plain[2] & FractionalBaudBits;
            lineControl = newLineControl;
            control = (Cr)plain[4] & Cr.All;
            fifoLevel = plain[5] & FifoLevelBits;
            mask = (Interrupts)plain[6] & Interrupts.All;
            dma = plain[8] & DmaBits;
            first = 0;
            count = newCount;
            characters.CopyTo(received);
            backlog.Restore(waiting);

            // Last: what moves up from the backlog adds to them.
            raw = (Interrupts)plain[7] & Interrupts.All;
            RefillReceiver();
            line.Force((raw & mask) != 0);
            hasRoom = backlog.TakeRoom();
        }

        backlog.TellRoom(hasRoom);
    }
}
