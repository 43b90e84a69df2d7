namespace KvmInterop.Machine.Devices;

/// <summary>
/// A 16550's receiver: up to 16 characters, each with the errors it came with, or one where the FIFOs are off.
/// Its user locks.
/// </summary>
internal sealed class ReceiverFifo
{
    private readonly byte[] characters = new byte[Uart.FifoSize];
    private readonly Uart.Lsr[] errors = new Uart.Lsr[Uart.FifoSize];
    private int first;

    // RBR keeps its last character when that was read.
    private byte last;

    internal int Count { get; private set; }

    /// <summary>How many it can hold: 16 with the FIFOs on, else 1.</summary>
    internal int Capacity { get; set; } = 1;

    internal bool IsFull => Count >= Capacity;

    /// <summary>Errors of the characters in it that the guest has not been told.</summary>
    internal bool HasErrors
    {
        get
        {
            Uart.Lsr any = Uart.Lsr.None;
            for (int i = 0; i < Count; i++)
            {
                any |= errors[(first + i) % Uart.FifoSize];
            }

            return any != Uart.Lsr.None;
        }
    }

    /// <summary>Adds a character to one that is not full.</summary>
    internal void Push(byte character, Uart.Lsr errorsOfIt)
    {
        int place = (first + Count) % Uart.FifoSize;
        characters[place] = character;
        errors[place] = errorsOfIt;
        Count++;
    }

    /// <summary>What happens to the newest in a full one without FIFO: it is overwritten (8.4, bit 1).
    /// </summary>
    internal void OverwriteNewest(byte character) => characters[(first + Count - 1) % Uart.FifoSize] = character;

    /// <summary>The oldest, or what was the last one if there is none.</summary>
    internal byte Pop()
    {
        if (Count > 0)
        {
            last = characters[first];
            first = (first + 1) % Uart.FifoSize;
            Count--;
        }

        return last;
    }

    /// <summary>Takes the errors of the oldest: they are shown when it is on top (8.4).</summary>
    internal Uart.Lsr TakeErrorsOfTop()
    {
        if (Count == 0)
        {
            return Uart.Lsr.None;
        }

        Uart.Lsr taken = errors[first];
        errors[first] = Uart.Lsr.None;
        return taken;
    }

    internal void Clear() => Count = 0;

    internal void Save(DeviceStateWriter state)
    {
        Span<byte> all = stackalloc byte[2 * Uart.FifoSize];
        for (int i = 0; i < Count; i++)
        {
            all[2 * i] = characters[(first + i) % Uart.FifoSize];
            all[(2 * i) + 1] = (byte)errors[(first + i) % Uart.FifoSize];
        }

        state.Add(last);
        state.Add(all[..(2 * Count)]);
    }

    /// <param name="lastRead">What RBR shows when nothing is there.</param>
    /// <param name="all">Characters and errors in turn, no more than fit.</param>
    internal void Restore(byte lastRead, ReadOnlySpan<byte> all)
    {
        last = lastRead;
        first = 0;
        Count = 0;
        for (; all.Length >= 2; all = all[2..])
        {
            Push(all[0], (Uart.Lsr)all[1] & Uart.Lsr.OfCharacter);
        }
    }
}
