using System.Collections.Immutable;
using KvmInterop.Machine.Acpi;
using KvmInterop.Machine.Pci;
using KvmInterop.Machine.Virtio;

namespace KvmInterop.Machine.Machines;

/// <content>Virtio devices, which guests find on the PCI bus or by ACPI.</content>
public sealed partial class PcMachine
{
    // Below it is what PCI devices may be given.
    private const uint FirstVirtioAddress = 0xd000_0000;
    private const uint VirtioStride = 0x1000;

    // Device 0 is the host bridge.
    private const int FirstVirtioSlot = 1;

    private readonly List<(VirtioDevice Device, IDisposable Transport)> virtioDevices = [];
    private readonly List<AcpiVirtioDevice> devicesOfAcpi = [];
    private readonly List<EventLoop> loopsOfDevices = [];

    /// <summary>How many virtio devices the machine can have: 31 on the PCI bus, 13 behind memory.</summary>
    public int MostVirtioDevices => MostVirtioDevicesOn(options.VirtioBus);

    // Pins of the I/O APIC that nobody else has: first those that the PICs do not have.
    private static ReadOnlySpan<byte> VirtioGsis => [16, 17, 18, 19, 20, 21, 22, 23, 5, 6, 7, 14, 15];

    /// <summary>How many virtio devices a machine can have on a bus.</summary>
    public static int MostVirtioDevicesOn(VirtioBus bus) =>
        bus == VirtioBus.Pci ? PciBus.Devices - FirstVirtioSlot : VirtioGsis.Length;

    /// <summary>
    /// Puts a device on the machine's bus for such (<see cref="PcMachineOptions.VirtioBus"/>), and its bells into
    /// the kernel.
    /// </summary>
    /// <remarks>
    /// <para>Before <see cref="Start"/>: guests do not expect devices to come. On PCI it is the device behind the
    /// one that was added before, the first is 00:01.0; its interrupts are messages (MSI-X, KVM_SIGNAL_MSI), or for
    /// a guest that does not use them the pin. Behind memory ACPI tells of it, and its interrupt is one of the I/O
    /// APIC's.</para>
    /// </remarks>
    /// <param name="device">Made with <see cref="Memory"/>, and with <see cref="Events"/> or, where it blocks, a
    /// loop of its own (<see cref="AddEventLoop"/>). Owned by the machine from here on.</param>
    /// <exception cref="InvalidOperationException">The machine has <see cref="MostVirtioDevices"/>, or no PCI bus
    /// where they are to be on one, or was started.</exception>
    /// <exception cref="KvmException">An ioctl failed.</exception>
    public void AddVirtio(VirtioDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        try
        {
            CheckNotStarted();
            CheckRoom();
        }
        catch
        {
            device.Dispose();
            throw;
        }

        if (options.VirtioBus == VirtioBus.Pci)
        {
            AddToPci(device);
        }
        else
        {
            AddBehindMemory(device);
        }
    }

    /// <summary>A loop with a thread of its own, for a device whose work may block. The machine's.</summary>
    public EventLoop AddEventLoop()
    {
        CheckNotStarted();
        EventLoop loop = new();
        loopsOfDevices.Add(loop);
        return loop;
    }

    private void CheckRoom()
    {
        if (options.VirtioBus == VirtioBus.Pci && Pci is null)
        {
            throw new InvalidOperationException(
                "the machine has no PCI bus for its virtio devices; give it one, or have them behind memory");
        }

        if (virtioDevices.Count == MostVirtioDevices)
        {
            string place = options.VirtioBus == VirtioBus.Pci ? "on its PCI bus" : "behind memory";
            throw new InvalidOperationException(
                $"a machine has at most {MostVirtioDevices} virtio devices {place}, and has them all");
        }
    }

    private void AddToPci(VirtioDevice device)
    {
        VirtioPciTransport transport = new(device, new VmMessageSender(Vm), Vm);
        int number = Own(device, transport);
        Pci!.Add(FirstVirtioSlot + number, transport.Function);
        Keep(NameOf(device, number), transport);
    }

    private void AddBehindMemory(VirtioDevice device)
    {
        int number = virtioDevices.Count;
        uint gsi = VirtioGsis[number];
        uint address = FirstVirtioAddress + ((uint)number * VirtioStride);
        VirtioMmioTransport transport = new(device, Vm.CreateIrqLine(gsi));
        Own(device, transport);
        transport.UseIoEvents(Vm, address);
        Mmio.Register($"virtio {device.Type}", address, VirtioMmioTransport.Size, transport);
        Keep(NameOf(device, number), transport);
        devicesOfAcpi.Add(new AcpiVirtioDevice(address, (uint)VirtioMmioTransport.Size, gsi));
    }

    private int Own(VirtioDevice device, IDisposable transport)
    {
        virtioDevices.Add((device, transport));
        return virtioDevices.Count - 1;
    }

    private static string NameOf(VirtioDevice device, int number) => $"virtio {number} {device.Type}";

    private ImmutableArray<AcpiVirtioDevice> VirtioForAcpi() => [.. devicesOfAcpi];

    private void PauseDevices() => virtioDevices.ForEach(each => each.Device.Pause());

    private void ResumeDevices() => virtioDevices.ForEach(each => each.Device.Resume());

    // A device's loop outlives it; what the transport ties is the VM's.
    private void DisposeVirtio()
    {
        foreach ((VirtioDevice device, IDisposable transport) in virtioDevices)
        {
            transport.Dispose();
            device.Dispose();
        }

        loopsOfDevices.ForEach(loop => loop.Dispose());
    }
}
