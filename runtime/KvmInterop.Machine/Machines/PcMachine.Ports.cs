using KvmInterop.Machine.Acpi;
using KvmInterop.Machine.Devices;
using KvmInterop.Machine.Pci;

namespace KvmInterop.Machine.Machines;

/// <content>What sits at the I/O ports, and what ACPI says of it.</content>
public sealed partial class PcMachine
{
    /// <summary>The interrupt of the power button.</summary>
    private const uint PowerButtonGsi = 9;

    private const ushort Com1Port = 0x3f8;
    private const uint Com1Irq = 4;
    private const ushort ClockPort = 0x70;
    private const uint ClockIrq = 8;
    private const ushort KeyboardDataPort = 0x60;
    private const uint KeyboardIrq = 1;
    private const uint MouseIrq = 12;
    private const ushort KeyboardCommandPort = 0x64;
    private const ushort PostPort = 0x80;
    private const ushort DebugExitPort = 0xf4;
    private const ushort ControlPort = 0x92;
    private const ushort SleepPort = 0x600;
    private const ushort Pm1ControlPort = 0x604;
    private const ushort ResetPort = 0xcf9;

    // Two lines that a PC's PICs have as well, for guests without ACPI.
    private const byte FirstPciIrq = 10;

    // What ACPI says that PCI devices may be given: where no memory is, and no other device.
    private static readonly PciWindow PciPorts = new(0x1000, 0xffff);
    private static readonly PciWindow PciAddresses = new(0xc000_0000, 0xcfff_ffff);

    private IrqLine? powerButton;
    private I8042? keyboard;

    /// <summary>PCI bus 0, with a host bridge; null where the machine has none.</summary>
    /// <remarks>Functions are added before <see cref="VirtualMachine.Start"/>.</remarks>
    public PciBus? Pci { get; private set; }

    /// <summary>Presses the power button, as a person would: the guest decides what it does.</summary>
    /// <remarks>Linux tells programs that wait for it (acpid, systemd-logind).</remarks>
    public void PressPowerButton()
    {
        powerButton!.SetLevel(true);
        powerButton.SetLevel(false);
    }

    private Serial16550 AddPorts()
    {
        if (options.HasPci)
        {
            Pci = Keep("PCI bus", new PciBus(
                Ports, Mmio, new PciInterrupt(Vm.CreateIrqLine(FirstPciIrq), FirstPciIrq),
                new PciInterrupt(Vm.CreateIrqLine(FirstPciIrq + 1), FirstPciIrq + 1)));
        }

        Serial16550 serial = Keep("COM1", new Serial16550(
            Vm.CreateIrqLine(Com1Irq), SerialOutput(options.SerialOutput, options.WatchesForPanic)));
        Ports.Register("COM1", Com1Port, Serial16550.Size, serial);
        CmosRtc clock = Own(Keep("RTC", new CmosRtc(Vm.CreateIrqLine(ClockIrq), Layout.LowSize, Layout.HighSize)));
        Cmos.SetProcessors(clock, options.Cpus);
        Ports.Register("RTC", ClockPort, CmosRtc.Size, clock);
        keyboard = Keep(
            "i8042", new I8042(Vm.CreateIrqLine(KeyboardIrq), Vm.CreateIrqLine(MouseIrq), control));
        Ports.Register("i8042 data", KeyboardDataPort, 1, keyboard.DataPort);
        Ports.Register("i8042 command", KeyboardCommandPort, 1, keyboard.CommandPort);
        Ports.Register("POST code", PostPort, 1, Keep("POST code", new PostCodePort()));
        Ports.Register(
            "system control", ControlPort, 1, Keep("system control", new SystemControlPort(control)));
        Ports.Register("ACPI sleep control", SleepPort, 1, new SleepControl(control));
        Ports.Register("ACPI PM1 control", Pm1ControlPort, Pm1Control.Size, new Pm1Control(control));
        AddReset(Keep("reset control", new ResetControl(control)));
        AddFirmwarePorts();
        if (options.HasDebugExit)
        {
            Ports.Register("debug exit", DebugExitPort, DebugExit.Size, new DebugExit(control));
        }

        powerButton = Vm.CreateIrqLine(PowerButtonGsi);
        return serial;
    }

    // PCI's address register has the reset register's port, too, and tells the two apart.
    private void AddReset(ResetControl reset)
    {
        if (Pci is null)
        {
            Ports.Register("reset control", ResetPort, 1, reset);
            return;
        }

        Pci.Add(0, new PciHostBridge());
        Ports.Register(
            "PCI configuration", PciConfigPorts.FirstPort, PciConfigPorts.Size,
            Keep("PCI configuration", new PciConfigPorts(Pci, reset)));
    }

    private AcpiOptions DescribeToAcpi() => new()
    {
        Cpus = options.Cpus,
        HasSerialPort = true,
        PowerButtonGsi = PowerButtonGsi,
        SleepPort = SleepPort,
        Pm1ControlPort = Pm1ControlPort,
        ResetPort = SleepPort,
        ResetValue = SleepControl.ResetValue,
        VirtioDevices = VirtioForAcpi(),
        Pci = Pci is null ? null : new AcpiPciBus(PciPorts, PciAddresses, FirstPciIrq),
    };
}
