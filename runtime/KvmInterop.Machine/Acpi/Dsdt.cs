using System.Globalization;

namespace KvmInterop.Machine.Acpi;

/// <summary>The table of devices (Differentiated System Description Table, ACPI 6.5, 5.2.11.1).</summary>
public static class Dsdt
{
    /// <summary>What the sleep control register takes as SLP_TYP to switch off: <c>\_S5</c>.</summary>
    public const byte SleepTypeOff = 5;

    private const byte Revision = 2; // 64-bit integers.
    private const int PciDevices = 32;
    private const int PciPins = 4;
    private const ulong StatusChanged = 0x80; // Notification of a pressed button (5.6.6, table 5.152).

    /// <summary>Makes it.</summary>
    public static AcpiTable Create(AcpiOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        List<byte[]> devices = [];
        if (options.HasSerialPort)
        {
            devices.Add(SerialPort());
        }

        if (options.HasClock)
        {
            devices.Add(Clock());
        }

        if (options.PowerButtonGsi is uint gsi)
        {
            devices.Add(PowerButton());
            devices.Add(EventDevice(gsi));
        }

        if (options.Pci is AcpiPciBus bus)
        {
            devices.Add(PciBus(bus));
        }

        for (int i = 0; i < options.VirtioDevices.Length; i++)
        {
            devices.Add(Virtio(i, options.VirtioDevices[i]));
        }

        return new AcpiTable(
            "DSDT",
            Revision,
            Aml.Join(
                Aml.Name("\\_S5", Aml.Package(Aml.Number(SleepTypeOff))),
                Aml.Scope("\\_SB", [.. devices])));
    }

    private static byte[] SerialPort() => Aml.Device(
        "COM1",
        Aml.Name("_HID", Aml.EisaId("PNP0501")),
        Aml.Name("_UID", Aml.Number(0)),
        Aml.Name("_CRS", AmlResources.Template(
            AmlResources.Interrupt(gsi: 4, isEdge: true), AmlResources.Io(port: 0x3f8, count: 8))));

    private static byte[] Clock() => Aml.Device(
        "RTC",
        Aml.Name("_HID", Aml.EisaId("PNP0B00")),
        Aml.Name("_CRS", AmlResources.Template(
            AmlResources.Io(port: 0x70, count: 2), AmlResources.Interrupt(gsi: 8, isEdge: true))));

    private static byte[] PowerButton() => Aml.Device(
        "PWRB",
        Aml.Name("_HID", Aml.EisaId("PNP0C0C")),
        Aml.Name("_UID", Aml.Number(0)));

    // Generic event device (5.6.9): an interrupt that calls a method with its number.
    private static byte[] EventDevice(uint gsi) => Aml.Device(
        "GED",
        Aml.Name("_HID", Aml.Text("ACPI0013")),
        Aml.Name("_UID", Aml.Number(0)),
        Aml.Name("_CRS", AmlResources.Template(AmlResources.Interrupt(gsi, isEdge: true))),
        Aml.Method(
            "_EVT", 1,
            Aml.If(Aml.AreEqual(Aml.Arg0, Aml.Number(gsi)), Aml.Notify("\\_SB.PWRB", StatusChanged))));

    private static byte[] Virtio(int number, AcpiVirtioDevice device) => Aml.Device(
        "VR" + number.ToString("X2", CultureInfo.InvariantCulture),
        Aml.Name("_HID", Aml.Text("LNRO0005")),
        Aml.Name("_UID", Aml.Number((ulong)number)),
        Aml.Name("_CCA", Aml.Number(1)), // Its memory accesses are coherent with the caches.
        Aml.Name("_CRS", AmlResources.Template(
            AmlResources.Memory(device.Address, device.Size),
            AmlResources.Interrupt(device.Gsi, isEdge: true))));

    private static byte[] PciBus(AcpiPciBus bus) => Aml.Device(
        "PCI0",
        Aml.Name("_HID", Aml.EisaId("PNP0A03")),
        Aml.Name("_UID", Aml.Number(0)),
        Aml.Name("_ADR", Aml.Number(0)),
        Aml.Name("_CRS", AmlResources.Template(
            AmlResources.BusNumbers(0, 0),
            AmlResources.Io(port: 0xcf8, count: 8),
            AmlResources.IoWindow(checked((ushort)bus.Ports.First), checked((ushort)bus.Ports.Last)),
            AmlResources.MemoryWindow(checked((uint)bus.Addresses.First), checked((uint)bus.Addresses.Last)))),
        Aml.Name("_PRT", Aml.Package([.. PciRoutes(bus)])));

    // An entry for each pin: device in the upper half of the address, all functions in the lower (6.2.13).
    private static IEnumerable<byte[]> PciRoutes(AcpiPciBus bus)
    {
        for (int device = 0; device < PciDevices; device++)
        {
            for (int pin = 0; pin < PciPins; pin++)
            {
                yield return Aml.Package(
                    Aml.Number((ulong)device << 16 | 0xffff), Aml.Number((ulong)pin), Aml.Number(0),
                    Aml.Number(bus.GsiOf(device, pin)));
            }
        }
    }
}
