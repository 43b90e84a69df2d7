using KvmInterop.Machine.Virtio;

namespace KvmInterop.Machine.Machines;

/// <content>Virtio devices, which the kernel finds by the device tree.</content>
public sealed partial class Arm64Machine
{
    /// <inheritdoc/>
    public override int MostVirtioDevices => Arm64MachineOptions.MostVirtioDevices;

    private protected override string VirtioPlace => "behind memory";

    private protected override void CheckTakesVirtio()
    {
        if (startState is not null)
        {
            throw new InvalidOperationException(
                "a kernel is loaded, and with it the device tree; add virtio devices before Load");
        }
    }

    private protected override void Attach(VirtioDevice device, int number)
    {
        uint interrupt = Arm64Addresses.VirtioInterrupt + (uint)number;
        ulong address = Arm64Addresses.Virtio + ((uint)number * VirtioMmioTransport.Size);
        AttachBehindMemory(device, address, Line(interrupt));
        description.AddVirtio(address, VirtioMmioTransport.Size, interrupt);
    }
}
