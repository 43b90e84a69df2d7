namespace KvmInterop.Machine.Devices;

/// <summary>
/// What a UART was sent and has no room for in its FIFO yet, and who waits for room here. Its user locks.
/// </summary>
/// <param name="capacity">How many characters may wait.</param>
/// <param name="settle">Moves characters into the UART, as many as it takes, and sets its line.</param>
internal sealed class SerialBacklog(int capacity, Action settle)
{
    private readonly ByteQueue waiting = new(capacity);
    private bool wantsRoom;

    /// <summary>See <see cref="ISerialPort.RoomAvailable"/>.</summary>
    internal event Action? RoomAvailable;

    /// <summary>Takes characters, and settles.</summary>
    /// <returns>How many were taken.</returns>
    internal int Receive(ReadOnlySpan<byte> data)
    {
        int taken = 0;
        do
        {
            taken += waiting.Enqueue(data[taken..]);
            settle();
        }
        while (taken < data.Length && waiting.Room > 0);

        wantsRoom |= taken < data.Length;
        return taken;
    }

    /// <summary>Takes the oldest out.</summary>
    internal bool TryTake(out byte character)
    {
        Span<byte> next = stackalloc byte[1];
        bool isThere = waiting.Dequeue(next) > 0;
        character = next[0];
        return isThere;
    }

    /// <summary>Whether to call <see cref="TellRoom"/>, once the lock is let go.</summary>
    internal bool TakeRoom()
    {
        bool tells = wantsRoom && waiting.Room > 0;
        wantsRoom &= !tells;
        return tells;
    }

    /// <summary>Not under the lock.</summary>
    /// <param name="hasRoom">What <see cref="TakeRoom"/> said.</param>
    internal void TellRoom(bool hasRoom)
    {
        if (hasRoom)
        {
            RoomAvailable?.Invoke();
        }
    }

    internal void Save(DeviceStateWriter state)
    {
        byte[] all = new byte[waiting.Count];
        waiting.Peek(all);
        state.Add(all);
    }

    /// <summary>Reads what <see cref="Save"/> wrote, for <see cref="Restore"/>.</summary>
    internal ReadOnlySpan<byte> Read(scoped ref DeviceStateReader state) =>
        state.NextBytes(waiting.Count + waiting.Room);

    internal void Restore(ReadOnlySpan<byte> all)
    {
        waiting.Clear();
        waiting.Enqueue(all);
    }
}
