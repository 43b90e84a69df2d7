using static KvmInterop.Machine.Devices.Pl011Registers;

namespace KvmInterop.Machine.Devices;

/// <content>What comes in: characters of the host, breaks, and what the guest sends itself.</content>
public sealed partial class Pl011
{
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
        while (!IsLooped && count < Capacity && backlog.Dequeue(next) > 0)
        {
            Push(next[0]);
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
