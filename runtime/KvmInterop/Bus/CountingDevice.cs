namespace KvmInterop;

/// <summary>
/// Stands before a device whose accesses are counted. A device that is not counted has nothing before it, so
/// counting costs nothing where it is off.
/// </summary>
internal sealed class CountingDevice(IBusDevice device, BusCounters counters) : IBusDevice
{
    internal BusStatistics Statistics => counters.Snapshot();

    public void Read(ulong offset, Span<byte> data)
    {
        counters.Read(data.Length);
        device.Read(offset, data);
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        counters.Written(data.Length);
        device.Write(offset, data);
    }

    /// <summary>The same counters before another device.</summary>
    internal CountingDevice Over(IBusDevice other) => new(other, counters);
}

/// <summary>Of several vCPUs at a time: without a lock, and without losing one.</summary>
internal sealed class BusCounters
{
    private long reads;
    private long writes;
    private long bytesRead;
    private long bytesWritten;

    internal void Read(int bytes)
    {
        Interlocked.Increment(ref reads);
        Interlocked.Add(ref bytesRead, bytes);
    }

    internal void Written(int bytes)
    {
        Interlocked.Increment(ref writes);
        Interlocked.Add(ref bytesWritten, bytes);
    }

    internal BusStatistics Snapshot() => new(
        Interlocked.Read(ref reads),
        Interlocked.Read(ref writes),
        Interlocked.Read(ref bytesRead),
        Interlocked.Read(ref bytesWritten));
}
