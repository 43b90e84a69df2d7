namespace KvmInterop.Machine.Devices;

/// <summary>A port whose write ends the machine with a result, as QEMU's isa-debug-exit (usually port 0xf4).
/// </summary>
/// <remarks>A value v ends with status <c>(v &lt;&lt; 1) | 1</c>, so that no guest can end with 0. Of a
/// status, a process passes on 8 bits. Reads give 0. Has no state.</remarks>
/// <param name="control">Is told.</param>
public sealed class DebugExit(IMachineControl control) : IBusDevice
{
    /// <summary>How many ports it has, so that guests may write 1, 2 or 4 bytes.</summary>
    public const ushort Size = 4;

    private readonly IMachineControl control = control ?? throw new ArgumentNullException(nameof(control));

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data) => data.Clear();

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        uint value = 0;
        for (int i = Math.Min(data.Length, sizeof(uint)) - 1; i >= 0; i--)
        {
            value = (value << 8) | data[i];
        }

        control.EndMachine(new MachineEnd.DebugExit("debug exit", (int)((value << 1) | 1)));
    }
}
