using System.Collections.Immutable;
using KvmInterop.Machine.Pci;

namespace KvmInterop.Machine.Acpi;

/// <summary>What the tables tell a guest of its machine.</summary>
public sealed record AcpiOptions
{
    /// <summary>How many CPUs there are, with APIC ids from 0.</summary>
    public int Cpus { get; init; } = 1;

    /// <summary>The serial port COM1, at 0x3f8 with interrupt 4.</summary>
    public bool HasSerialPort { get; init; } = true;

    /// <summary>The clock and its memory, at 0x70 with interrupt 8.</summary>
    public bool HasClock { get; init; } = true;

    /// <summary>The interrupt of a power button, by edge; null where there is none.</summary>
    public uint? PowerButtonGsi { get; init; }

    /// <summary>Where writing SLP_TYP and SLP_EN switches the machine off (sleep control register).</summary>
    public ushort SleepPort { get; init; } = 0x600;

    /// <summary>
    /// A PM1 control register that switches the machine off too, for small kernels that know no other; 0 for none.
    /// </summary>
    public ushort Pm1ControlPort { get; init; }

    /// <summary>Where a write resets the machine.</summary>
    public ushort ResetPort { get; init; } = 0xcf9;

    /// <summary>What is to be written there: bit 1 a hard reset, bit 2 now.</summary>
    public byte ResetValue { get; init; } = 6;

    /// <summary>Virtio devices behind memory, which a guest finds by no bus.</summary>
    public ImmutableArray<AcpiVirtioDevice> VirtioDevices { get; init; } = [];

    /// <summary>A PCI bus with these windows; null where there is none.</summary>
    public AcpiPciBus? Pci { get; init; }
}

/// <summary>A virtio device behind memory (virtio 1.2, 4.2).</summary>
/// <param name="Address">Guest-physical.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Gsi">Its interrupt, by edge.</param>
public readonly record struct AcpiVirtioDevice(uint Address, uint Size, uint Gsi);

/// <summary>A PCI host bridge: bus 0, reached by configuration mechanism 1.</summary>
/// <param name="Ports">What I/O ports devices may be given, below 0x10000.</param>
/// <param name="Addresses">What memory addresses, below 4 GiB.</param>
/// <param name="FirstGsi">Pin A of device 0 has this interrupt; the <see cref="Interrupts"/> go
/// round: device and pin are added up.</param>
public sealed record AcpiPciBus(PciWindow Ports, PciWindow Addresses, uint FirstGsi)
{
    /// <summary>How many interrupts the pins of all devices share.</summary>
    public const uint Interrupts = 2;

    /// <summary>The interrupt of a pin.</summary>
    /// <param name="device">0 to 31.</param>
    /// <param name="pin">0 for INTA to 3 for INTD.</param>
    public uint GsiOf(int device, int pin) => FirstGsi + (uint)(device + pin) % Interrupts;
}
