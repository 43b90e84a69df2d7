namespace KvmInterop.Machine.Devices;

/// <summary>Port 0x92, system control port A of the PS/2: a faster way to what the keyboard controller can do.
/// </summary>
/// <remarks>Bit 0: its rise resets the machine. Bit 1, the gate of address line 20, reads back as written, and
/// gates nothing: KVM has no such gate.</remarks>
/// <param name="control">Is told.</param>
public sealed class SystemControlPort(IMachineControl control) : IBusDevice, IDeviceState
{
    private const string Kind = "system-control";
    private const ushort Version = 1;

    private const byte Reset = 1 << 0;
    private const byte GateA20 = 1 << 1;

    private readonly IMachineControl control = control ?? throw new ArgumentNullException(nameof(control));
    private int register = GateA20;

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        data.Fill(byte.MaxValue);
        data[0] = (byte)Volatile.Read(ref register);
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        int before = Interlocked.Exchange(ref register, data[0]);
        if ((data[0] & ~before & Reset) != 0)
        {
            control.EndMachine(new MachineEnd.Reset("port 0x92"));
        }
    }

    /// <inheritdoc/>
    public byte[] Save()
    {
        DeviceStateWriter state = new(Kind, Version);
        state.Add((byte)Volatile.Read(ref register));
        return state.ToArray();
    }

    /// <inheritdoc/>
    public void Restore(ReadOnlySpan<byte> state)
    {
        DeviceStateReader reader = new(state, Kind, Version);
        byte value = reader.NextByte();
        reader.End();
        Volatile.Write(ref register, value);
    }
}
