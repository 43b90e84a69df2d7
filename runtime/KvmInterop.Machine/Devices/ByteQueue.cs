namespace KvmInterop.Machine.Devices;

/// <summary>A bounded first-in first-out queue of bytes. Its user locks.</summary>
internal sealed class ByteQueue(int capacity)
{
    private readonly byte[] bytes = new byte[capacity];
    private int first;

    internal int Count { get; private set; }

    internal int Room => bytes.Length - Count;

    /// <summary>Takes as many as there is room for.</summary>
    /// <returns>How many.</returns>
    internal int Enqueue(ReadOnlySpan<byte> data)
    {
        int taken = Math.Min(data.Length, Room);
        int end = (first + Count) % bytes.Length;
        int untilWrap = Math.Min(taken, bytes.Length - end);
        data[..untilWrap].CopyTo(bytes.AsSpan(end));
        data[untilWrap..taken].CopyTo(bytes);
        Count += taken;
        return taken;
    }

    /// <summary>Gives the oldest, as many as there are and fit.</summary>
    /// <returns>How many.</returns>
    internal int Dequeue(Span<byte> data)
    {
        int given = Peek(data);
        first = (first + given) % bytes.Length;
        Count -= given;
        return given;
    }

    /// <summary>As <see cref="Dequeue"/>, and leaves them there.</summary>
    internal int Peek(Span<byte> data)
    {
        int given = Math.Min(data.Length, Count);
        int untilWrap = Math.Min(given, bytes.Length - first);
        bytes.AsSpan(first, untilWrap).CopyTo(data);
        bytes.AsSpan(0, given - untilWrap).CopyTo(data[untilWrap..]);
        return given;
    }

    internal void Clear() => Count = 0;
}
