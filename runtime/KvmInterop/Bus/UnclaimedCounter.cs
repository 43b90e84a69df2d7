namespace KvmInterop;

/// <summary>
/// Counts what no device claims. Of several vCPUs at a time, so without a lock and without losing one.
/// </summary>
internal struct UnclaimedCounter
{
    private long reads;
    private long writes;

    internal long Reads => Interlocked.Read(ref reads);

    internal long Writes => Interlocked.Read(ref writes);

    internal void Read(Span<byte> data)
    {
        // Nothing drives the data lines, and they float high.
        data.Fill(byte.MaxValue);
        Interlocked.Increment(ref reads);
    }

    internal void Write() => Interlocked.Increment(ref writes);
}
