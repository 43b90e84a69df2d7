namespace KvmInterop.Machine.Devices;

/// <summary>An output that never keeps a vCPU waiting for a host's file for long.</summary>
/// <remarks>
/// <para>Bytes go into a bounded buffer, from which a thread of its own writes them to the stream. Where the
/// buffer is full, because a terminal is stopped or nobody reads a pipe, the writer waits for room, and after
/// <paramref name="patience"/> its bytes are dropped and counted; then nobody waits again until there was
/// room. A stream that fails is not written to any more, and the rest is dropped.</para>
/// <para>All members may be called from any thread.</para>
/// </remarks>
/// <param name="stream">Written to, never read or closed.</param>
/// <param name="capacity">Bytes of the buffer, 1 or more.</param>
/// <param name="patience">How long at most a writer waits for room; 1 second if not given.</param>
public sealed class StreamOutput(Stream stream, int capacity = 64 * 1024, TimeSpan? patience = null)
    : IByteOutput, IDisposable
{
    // Long enough for a terminal; a pipe that nobody reads must not keep a program from ending.
    private static readonly TimeSpan LastFlush = TimeSpan.FromSeconds(2);

    private readonly object gate = new();
    private readonly Stream stream = stream ?? throw new ArgumentNullException(nameof(stream));
    private readonly ByteQueue queue =
        new(capacity > 0 ? capacity : throw new ArgumentOutOfRangeException(nameof(capacity)));

    private readonly TimeSpan patience = patience ?? TimeSpan.FromSeconds(1);

    // Under the gate.
    private Thread? thread;
    private bool isWriting;
    private bool isStuck;
    private bool isClosed;
    private long dropped;
    private Exception? failure;

    /// <summary>Bytes that did not reach the stream, because it was full for too long or has
    /// failed.</summary>
    public long Dropped
    {
        get
        {
            lock (gate)
            {
                return dropped;
            }
        }
    }

    /// <summary>What the stream threw; null for as long as it works.</summary>
    public Exception? Failure
    {
        get
        {
            lock (gate)
            {
                return failure;
            }
        }
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> data)
    {
        lock (gate)
        {
            thread ??= StartThread();
            while (!data.IsEmpty)
            {
                if (isClosed || failure is not null || !WaitForRoom())
                {
                    dropped += data.Length;
                    return;
                }

                // The thread waits only for a queue that is empty; no need to wake it for each character.
                bool wakes = queue.Count == 0;
                data = data[queue.Enqueue(data)..];
                if (wakes)
                {
                    Monitor.PulseAll(gate);
                }
            }
        }
    }

    /// <summary>Waits until the stream has all that was written before.</summary>
    /// <param name="limit">The longest to wait.</param>
    /// <returns>Whether it has; false too if it has failed.</returns>
    public bool Flush(TimeSpan limit)
    {
        long end = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        lock (gate)
        {
            while (failure is null && (queue.Count > 0 || isWriting))
            {
                long left = end - Environment.TickCount64;
                if (left <= 0)
                {
                    return false;
                }

                Monitor.Wait(gate, TimeSpan.FromMilliseconds(left));
            }

            return failure is null;
        }
    }

    /// <summary>Writes what is left, for two seconds at most, and ends the thread. What is written later is
    /// dropped.</summary>
    public void Dispose()
    {
        Flush(LastFlush);
        lock (gate)
        {
            isClosed = true;
            Monitor.PulseAll(gate);
        }
    }

    private Thread StartThread()
    {
        Thread writer = new(WriteOut) { IsBackground = true, Name = "output" };
        writer.Start();
        return writer;
    }

    private bool WaitForRoom()
    {
        if (queue.Room > 0 || isStuck)
        {
            return queue.Room > 0;
        }

        long end = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        while (queue.Room == 0 && failure is null && !isClosed)
        {
            long left = end - Environment.TickCount64;
            if (left <= 0)
            {
                isStuck = true;
                return false;
            }

            Monitor.Wait(gate, TimeSpan.FromMilliseconds(left));
        }

        return queue.Room > 0;
    }

    private void WriteOut()
    {
        byte[] piece = new byte[4096];
        while (NextPiece(piece) is int length and > 0)
        {
            Exception? thrown = null;
            try
            {
                stream.Write(piece, 0, length);
                stream.Flush();
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or NotSupportedException
                or UnauthorizedAccessException or OperationCanceledException)
            {
                thrown = e;
            }

            Finish(length, thrown);
        }
    }

    // 0: the end.
    private int NextPiece(byte[] piece)
    {
        lock (gate)
        {
            while (queue.Count == 0 && !isClosed)
            {
                Monitor.Wait(gate);
            }

            int length = queue.Dequeue(piece);
            isWriting = length > 0;
            isStuck = false;
            Monitor.PulseAll(gate);
            return length;
        }
    }

    private void Finish(int length, Exception? thrown)
    {
        lock (gate)
        {
            isWriting = false;
            if (thrown is not null)
            {
                failure = thrown;
                dropped += length + queue.Count;
                queue.Clear();
                isClosed = true;
            }

            Monitor.PulseAll(gate);
        }
    }
}
