namespace KvmInterop.Tests.Runtime.Machines;

/// <summary>
/// Looks at the thread's allocations after its first thousand accesses and at its last.
/// </summary>
internal sealed class MeasuringDevice : IBusDevice
{
    private const int WarmUp = 1_000;

    public long Last { get; set; }

    public Action Enough { get; set; } = () => { };

    public long Seen { get; private set; }

    public long AllocatedAtFirst { get; private set; }

    public long AllocatedAtLast { get; private set; }

    public void Read(ulong offset, Span<byte> data)
    {
        data.Clear();
        Count();
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data) => Count();

    private void Count()
    {
        Seen++;
        if (Seen == WarmUp)
        {
            AllocatedAtFirst = GC.GetAllocatedBytesForCurrentThread();
        }
        else if (Seen == Last + WarmUp)
        {
            AllocatedAtLast = GC.GetAllocatedBytesForCurrentThread();
            Enough();
        }
    }
}
