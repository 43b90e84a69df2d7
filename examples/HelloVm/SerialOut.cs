using KvmInterop;

namespace KvmInterop.Examples.HelloVm;

/// <summary>
/// The least of a serial port: what is written to its first register goes out, the rest is not there.
/// </summary>
internal sealed class SerialOut(Stream output) : IBusDevice
{
    /// <summary>The ports of COM1.</summary>
    public const ushort Port = 0x3f8;

    /// <summary>A 16550 has eight registers.</summary>
    public const int Registers = 8;

    private const ulong TransmitHolding = 0;

    public void Read(ulong offset, Span<byte> data) => data.Fill(byte.MaxValue);

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (offset == TransmitHolding)
        {
            output.Write(data[..1]);
            output.Flush();
        }
    }
}
