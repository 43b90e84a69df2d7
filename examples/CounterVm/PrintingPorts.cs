namespace KvmInterop.Examples.CounterVm;

/// <summary>
/// All I/O ports in one device, which prints what is written to them and says when there was enough.
/// </summary>
internal sealed class PrintingPorts(TextWriter output, long most, Action enough) : IBusDevice
{
    /// <summary>As many ports as x86 has: the guest may choose any.</summary>
    public const int Count = 65536;

    private long printed;

    public void Read(ulong offset, Span<byte> data) => data.Fill(byte.MaxValue);

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        // KVM finishes a string instruction before it stops, so more may come after there was enough.
        if (printed == most)
        {
            return;
        }

        uint value = 0;
        for (int i = data.Length - 1; i >= 0; i--)
        {
            value = (value << 8) | data[i]; // Little-endian, as all of x86.
        }

        output.WriteLine($"IO port: {offset:x}, data: {value:x}");
        if (++printed == most)
        {
            enough();
        }
    }
}
