namespace KvmInterop.Tests.Runtime.Machines;

/// <summary>Expects 0, 1, 2, ...: an exit that is dropped or given twice breaks the sequence.</summary>
internal sealed class SequenceDevice : IBusDevice
{
    public uint Next { get; private set; }

    public string? Problem { get; private set; }

    public void Read(ulong offset, Span<byte> data) => data.Clear();

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        uint value = BitConverter.ToUInt32(data);
        Problem ??= value == Next ? null : $"{value} came, {Next} was next";
        Next++;
    }
}
