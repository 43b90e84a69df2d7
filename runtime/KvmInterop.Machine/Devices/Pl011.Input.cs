using static KvmInterop.Machine.Devices.Pl011Registers;

namespace KvmInterop.Machine.Devices;

/// <content>What comes in: characters of the host, breaks, and what the guest sends itself.</content>
public sealed partial class Pl011
{
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
            if (count >= Capacity || IsLooped)
            {
                return false;
            }

            raw |= Interrupts.Break;
            Push((ushort)Errors.Break);
            Settle();
            return true;
        }
    }

    private void RefillReceiver()
    {
        while (!IsLooped && count < Capacity && backlog.TryTake(out byte next))
        {
            Push(next);
        }
    }

    private void ReceiveInLoop(byte value)
    {
        if (count < Capacity)
        {
            Push(value);
            return;
        }

        // 3.3.1: the character is lost, and the FIFO stays as it is.
        status |= Errors.Overrun;
        raw |= Interrupts.Overrun;
    }

    private void Push(ushort character)
    {
        received[(first + count) % FifoSize] = character;
        count++;
        if (count >= ReceiveLevel)
        {
            raw |= Interrupts.Received;
        }

        // Nothing more comes within 32 bits' time, so that time is over (2.8.4).
        raw |= Interrupts.Timeout;
    }

    private uint Pop()
    {
        ushort character = received[first];
        if (count > 0)
        {
            first = (first + 1) % FifoSize;
            count--;
            status = (status & Errors.Overrun) | ((Errors)character & Errors.OfCharacter);
            NoteTaken();
        }

        return character | (uint)(status & Errors.Overrun);
    }

    private void NoteTaken()
    {
        if (count < ReceiveLevel)
        {
            raw &= ~Interrupts.Received;
        }

        if (count == 0)
        {
            raw &= ~Interrupts.Timeout;
        }
    }

    // Table 3-13: of 16 characters 2, 4, 8, 12 or 14. Without FIFOs, the one that there is (2.8.2).
    private int ReceiveLevel => Capacity == 1 ? 1 : (fifoLevel >> ReceiveLevelShift) switch
    {
        0 => 2,
        1 => 4,
        2 => 8,
        3 => 12,
        _ => 14,
    };
}
