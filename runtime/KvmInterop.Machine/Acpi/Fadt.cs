namespace KvmInterop.Machine.Acpi;

/// <summary>
/// The Fixed ACPI Description Table of a machine without ACPI's fixed hardware (ACPI 6.5, 5.2.9; 4.1,
/// hardware-reduced ACPI).
/// </summary>
public static class Fadt
{
    private const byte Revision = 6;
    private const byte MinorRevision = 3;
    private const int Size = 276;
    private const int DsdtAt = 40;
    private const int Pm1ControlAt = 64;
    private const int Pm1ControlLengthAt = 89;
    private const int BootArchitectureAt = 109;
    private const int FlagsAt = 112;
    private const int ResetRegisterAt = 116;
    private const int ResetValueAt = 128;
    private const int MinorRevisionAt = 131;
    private const int ExtendedDsdtAt = 140;
    private const int SleepControlAt = 244;
    private const int SleepStatusAt = 256;

    private const byte Pm1ControlLength = 2;

    // Buttons are devices of the DSDT, there is a reset register, and no fixed hardware (table 5.10).
    private const uint PowerButtonIsDevice = 1 << 4;
    private const uint SleepButtonIsDevice = 1 << 5;
    private const uint ResetRegisterSupported = 1 << 10;
    private const uint HardwareReduced = 1 << 20;

    // Neither "legacy devices" nor "8042": guests then do not look for them (table 5.11).
    private const ushort VgaNotPresent = 1 << 2;
    private const ushort ClockNotPresent = 1 << 5;

    /// <summary>Makes it.</summary>
    /// <param name="options">What the machine has.</param>
    /// <param name="dsdt">Where the table of devices is, below 4 GiB.</param>
    public static AcpiTable Create(AcpiOptions options, uint dsdt)
    {
        ArgumentNullException.ThrowIfNull(options);
        AcpiTable table = new("FACP", Revision, new byte[Size - AcpiTable.HeaderSize]);
        table.SetUInt32(DsdtAt, dsdt);
        table.SetUInt64(ExtendedDsdtAt, dsdt);
        if (options.Pm1ControlPort != 0)
        {
            // Ignored on hardware-reduced machines (5.2.9), but not by kernels that know nothing of those.
            table.SetUInt32(Pm1ControlAt, options.Pm1ControlPort);
            table.SetByte(Pm1ControlLengthAt, Pm1ControlLength);
        }

        table.SetUInt16(
            BootArchitectureAt, (ushort)(VgaNotPresent | (options.HasClock ? 0 : ClockNotPresent)));
        table.SetUInt32(
            FlagsAt, PowerButtonIsDevice | SleepButtonIsDevice | ResetRegisterSupported | HardwareReduced);
        table.SetPort(ResetRegisterAt, options.ResetPort);
        table.SetByte(ResetValueAt, options.ResetValue);
        table.SetByte(MinorRevisionAt, MinorRevision);
        table.SetPort(SleepControlAt, options.SleepPort);
        table.SetPort(SleepStatusAt, options.SleepPort);
        return table;
    }
}
