namespace KvmInterop.Machine.Devices;

/// <summary>
/// Power-off and reset of a hardware-reduced ACPI machine in one port: sleep control, sleep status (ACPI 6.5,
/// 4.8.3.7) and reset register (4.8.3.6).
/// </summary>
/// <remarks>
/// <para>The FADT names the port for all three. Sleep control: with SLP_EN, type <see cref="SoftOffType"/>
/// switches off; other types are unknown, and the guest is awake again at once. Reset: the value
/// <see cref="ResetValue"/>, which as sleep control would mean nothing. Sleep status: WAK_STS is always set,
/// which a guest waits for when it wakes up.</para>
/// <para>Has no state.</para>
/// </remarks>
/// <param name="control">Is told.</param>
public sealed class SleepControl(IMachineControl control) : IBusDevice
{
    /// <summary>What the DSDT's <c>\_S5</c> must name: type 5.</summary>
    public const byte SoftOffType = 5;

    /// <summary>What the FADT must have as RESET_VALUE.</summary>
    public const byte ResetValue = 1;

    // Table 4.20 and 4.21.
    private const byte SleepEnable = 1 << 5;
    private const int SleepTypeShift = 2;
    private const byte SleepTypeMask = 7;
    private const byte WakeStatus = 1 << 7;

    private readonly IMachineControl control = control ?? throw new ArgumentNullException(nameof(control));

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        data.Clear();
        data[0] = WakeStatus;
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        byte value = data[0];
        if ((value & SleepEnable) != 0)
        {
            if (((value >> SleepTypeShift) & SleepTypeMask) == SoftOffType)
            {
                control.EndMachine(new MachineEnd.PowerOff("ACPI sleep control"));
            }
        }
        else if (value == ResetValue)
        {
            control.EndMachine(new MachineEnd.Reset("ACPI reset register"));
        }
    }
}
