using System.Text;
using KvmInterop.Machine.Devices;

namespace KvmInterop.Tests.Machine.Devices;

/// <summary>An output that keeps what it gets.</summary>
internal sealed class RecordingOutput : IByteOutput
{
    private readonly Lock gate = new();
    private readonly List<byte> bytes = [];

    public string Text
    {
        get
        {
            lock (gate)
            {
                return Encoding.Latin1.GetString([.. bytes]);
            }
        }
    }

    public void Write(ReadOnlySpan<byte> data)
    {
        lock (gate)
        {
            bytes.AddRange(data);
        }
    }
}
