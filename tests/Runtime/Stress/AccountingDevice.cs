namespace KvmInterop.Tests.Runtime.Stress;

/// <summary>
/// Wants 0, 1, 2, ... written to one register, and gives 0, 1, 2, ... in the other. Used by one vCPU.
/// </summary>
internal sealed class AccountingDevice : IBusDevice
{
    private uint writes;
    private uint reads;

    public AccessAccount Account => new(writes, reads);

    /// <summary>The first access that did not fit.</summary>
    public string? Problem { get; private set; }

    public void Read(ulong offset, Span<byte> data)
    {
        if (offset != AccountingGuest.ReadRegister || data.Length != sizeof(uint))
        {
            Problem ??= $"{data.Length} bytes read at {offset}";
            return;
        }

        BitConverter.TryWriteBytes(data, reads++);
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (offset != AccountingGuest.WriteRegister || data.Length != sizeof(uint))
        {
            Problem ??= $"{data.Length} bytes written at {offset}";
            return;
        }

        uint value = BitConverter.ToUInt32(data);
        Problem ??= value == writes ? null : $"{value} came, {writes} was next";
        writes++;
    }
}
