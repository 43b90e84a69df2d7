namespace KvmInterop.Machine.Devices;

/// <summary>Port 0x80: firmware writes how far it has come; Linux writes to it to pass time.</summary>
public sealed class PostCodePort : IBusDevice, IDeviceState
{
    private const string Kind = "post-code";
    private const ushort Version = 1;

    private volatile byte last;

    /// <summary>The last code; 0 at first.</summary>
    public byte Last => last;

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data) => data.Fill(last);

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data) => last = data[0];

    /// <inheritdoc/>
    public byte[] Save()
    {
        DeviceStateWriter state = new(Kind, Version);
        state.Add(last);
        return state.ToArray();
    }

    /// <inheritdoc/>
    public void Restore(ReadOnlySpan<byte> state)
    {
        DeviceStateReader reader = new(state, Kind, Version);
        byte code = reader.NextByte();
        reader.End();
        last = code;
    }
}
