using System.Collections.Immutable;
using KvmInterop.Machine.Acpi;
using KvmInterop.Machine.Pci;
using KvmInterop.Machine.Virtio;

namespace KvmInterop.Machine.Machines;

/// <content>
/// Virtio devices, which guests find on the PCI bus or by ACPI (<see cref="PcMachineOptions.VirtioBus"/>). On PCI a
/// device is the one behind that which was added before, the first is 00:01.0; its interrupts are messages (MSI-X,
/// KVM_SIGNAL_MSI), or for a guest that does not use them the pin. Behind memory its interrupt is one of the I/O
/// APIC's.
/// </content>
public sealed partial class PcMachine
{
    // Below it is what PCI devices may be given.
    private const uint FirstVirtioAddress = 0xd000_0000;
    private const uint VirtioStride = 0x1000;

    // Device 0 is the host bridge.
    private const int FirstVirtioSlot = 1;

    private readonly List<AcpiVirtioDevice> devicesOfAcpi = [];

    /// <summary>How many virtio devices the machine can have: 31 on the PCI bus, 13 behind memory.</summary>
    public override int MostVirtioDevices => MostVirtioDevicesOn(options.VirtioBus);

    private protected override string VirtioPlace =>
        options.VirtioBus == VirtioBus.Pci ? "on its PCI bus" : "behind memory";

    // Pins of the I/O APIC that nobody else has: first those that the PICs do not have.
    private static ReadOnlySpan<byte> VirtioGsis => [16, 17, 18, 19, 20, 21, 22, 23, 5, 6, 7, 14, 15];

    /// <summary>How many virtio devices a machine can have on a bus.</summary>
    public static int MostVirtioDevicesOn(VirtioBus bus) =>
        bus == VirtioBus.Pci ? PciBus.Devices - FirstVirtioSlot : VirtioGsis.Length;

    private protected override void CheckTakesVirtio()
    {
        if (options.VirtioBus == VirtioBus.Pci && Pci is null)
        {
            throw new InvalidOperationException(
                "the machine has no PCI bus for its virtio devices; give it one, or have them behind memory");
        }
    }

    private protected override void Attach(VirtioDevice device, int number)
    {
        if (options.VirtioBus == VirtioBus.Pci)
        {
            VirtioPciTransport transport =
                OwnVirtio(device, new VirtioPciTransport(device, new VmMessageSender(Vm), Vm));
            Pci!.Add(FirstVirtioSlot + number, transport.Function);
            return;
        }

        uint gsi = VirtioGsis[number];
        uint address = FirstVirtioAddress + ((uint)number * VirtioStride);
        AttachBehindMemory(device, address, Vm.CreateIrqLine(gsi));
        devicesOfAcpi.Add(new AcpiVirtioDevice(address, (uint)VirtioMmioTransport.Size, gsi));
    }

    private ImmutableArray<AcpiVirtioDevice> VirtioForAcpi() => [.. devicesOfAcpi];
}
