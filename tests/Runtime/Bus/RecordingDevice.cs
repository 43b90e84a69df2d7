namespace KvmInterop.Tests.Runtime.Bus;

/// <summary>
/// Writes down what it is asked, and answers reads with consecutive bytes from a first one. Several vCPUs may
/// use it; look at the log when it is known to be still.
/// </summary>
internal sealed class RecordingDevice(byte firstByte = 0x10) : IBusDevice
{
    private byte next = firstByte;

    /// <summary>In order: <c>r OFFSET LENGTH</c> and <c>w OFFSET BYTES</c>, all hexadecimal.</summary>
    public List<string> Log { get; } = [];

    public void Read(ulong offset, Span<byte> data)
    {
        Add($"r {offset:x} {data.Length:x}");
        for (int i = 0; i < data.Length; i++)
        {
            data[i] = next++;
        }
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data) =>
        Add($"w {offset:x} {Convert.ToHexStringLower(data)}");

    private void Add(string line)
    {
        lock (Log)
        {
            Log.Add(line);
        }
    }
}
