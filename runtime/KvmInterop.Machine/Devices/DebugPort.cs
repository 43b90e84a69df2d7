namespace KvmInterop.Machine.Devices;

/// <summary>A port that firmware prints to: 0x402 (SeaBIOS, OVMF) or 0xe9 (Bochs).</summary>
/// <remarks>Reads give 0xe9, by which guests find out that it is there. Has no state.</remarks>
/// <param name="output">Where the characters go.</param>
public sealed class DebugPort(IByteOutput output) : IBusDevice
{
    private const byte Present = 0xe9;

    private readonly IByteOutput output = output ?? throw new ArgumentNullException(nameof(output));

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data) => data.Fill(Present);

    /// <inheritdoc/>
    /// <remarks>What the output throws as an <see cref="IOException"/> is a lost character.</remarks>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        try
        {
            output.Write(data);
        }
        catch (IOException)
        {
            // Nothing that the guest could be told.
        }
    }
}
