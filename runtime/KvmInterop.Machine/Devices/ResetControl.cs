namespace KvmInterop.Machine.Devices;

/// <summary>Port 0xcf9, the reset control register of Intel's chipsets since the PIIX (82371SB, 2.5.5).
/// </summary>
/// <remarks>
/// One byte. Setting bit 2 where it was clear resets the machine; bits 1 (system reset) and 3 say how hard,
/// which is all the same here. Only a write of one byte is one: 4 bytes at 0xcf8 are PCI's address, and go
/// nowhere near this register.
/// </remarks>
/// <param name="control">Is told.</param>
public sealed class ResetControl(IMachineControl control) : IBusDevice, IDeviceState
{
    private const string Kind = "reset-control";
    private const ushort Version = 1;

    private const byte ResetCpu = 1 << 2;
    private const byte Writable = 0x0e;

    private readonly IMachineControl control = control ?? throw new ArgumentNullException(nameof(control));
    private int register;

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        data.Fill(byte.MaxValue);
        if (data.Length == 1)
        {
            data[0] = (byte)Volatile.Read(ref register);
        }
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (data.Length != 1)
        {
            return;
        }

        int value = data[0] & Writable;
        int before = Interlocked.Exchange(ref register, value);
        if ((value & ~before & ResetCpu) != 0)
        {
            control.EndMachine(new MachineEnd.Reset("port 0xcf9"));
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
        Volatile.Write(ref register, value & Writable);
    }
}
