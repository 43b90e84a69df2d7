namespace KvmInterop.Tests.Runtime.Bus;

/// <summary>Counts what is written to it.</summary>
internal sealed class CountingDevice : IBusDevice
{
    public int Writes { get; private set; }

    public void Read(ulong offset, Span<byte> data) => data.Clear();

    public void Write(ulong offset, ReadOnlySpan<byte> data) => Writes++;
}
