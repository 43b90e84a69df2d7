using KvmInterop.Machine.Virtio;

namespace KvmInterop.Machine.Machines;

/// <content>Virtio devices, each with registers in memory.</content>
public sealed partial class Arm64Machine
{
    /// <summary>How many virtio devices there may be.</summary>
    public const int MostVirtioDevices = Arm64Addresses.MostVirtioDevices;

    private readonly List<VirtioMmioTransport> transports = [];

    /// <summary>Adds a virtio device, which the kernel finds by the device tree.</summary>
    /// <param name="device">Made for <see cref="Memory"/>, without a transport. The machine owns it from here
    /// on, and disposes it when the vCPUs have ended.</param>
    /// <returns>Its registers.</returns>
    /// <exception cref="InvalidOperationException">There is no room for more, a kernel is loaded already, or
    /// the device has a transport.</exception>
    /// <exception cref="KvmException">KVM_IOEVENTFD failed.</exception>
    public VirtioMmioTransport AddVirtio(VirtioDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (startState is not null || transports.Count == MostVirtioDevices)
        {
            throw new InvalidOperationException(
                $"the device tree is written, or has {MostVirtioDevices} virtio devices already; add up to as "
                + "many before Load");
        }

        uint number = (uint)transports.Count;
        uint interrupt = Arm64Addresses.VirtioInterrupt + number;
        ulong address = Arm64Addresses.Virtio + (number * VirtioMmioTransport.Size);
        VirtioMmioTransport transport = new(device, Line(interrupt));
        transports.Add(transport);
        transport.UseIoEvents(Vm, address);
        Mmio.Register($"virtio-{number} ({device.Type})", address, VirtioMmioTransport.Size, transport);
        description.AddVirtio(address, VirtioMmioTransport.Size, interrupt);
        return transport;
    }

    private void DisposeVirtio()
    {
        foreach (VirtioMmioTransport transport in transports)
        {
            transport.Dispose();
            transport.Device.Dispose();
        }
    }
}
