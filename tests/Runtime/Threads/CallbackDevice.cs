namespace KvmInterop.Tests.Runtime.Threads;

/// <summary>Calls back for each access; reads give zeros.</summary>
internal sealed class CallbackDevice(Action accessed) : IBusDevice
{
    public void Read(ulong offset, Span<byte> data)
    {
        data.Clear();
        accessed();
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data) => accessed();
}
