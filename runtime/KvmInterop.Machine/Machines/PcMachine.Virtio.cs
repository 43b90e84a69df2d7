using System.Collections.Immutable;
using KvmInterop.Machine.Acpi;
using KvmInterop.Machine.Virtio;

namespace KvmInterop.Machine.Machines;

/// <content>Virtio devices, which guests find by ACPI.</content>
public sealed partial class PcMachine
{
    /// <summary>How many virtio devices a machine can have behind memory.</summary>
    public const int MostVirtioDevices = 14;

    // Below it is what PCI devices may be given.
    private const uint FirstVirtioAddress = 0xd000_0000;
    private const uint VirtioStride = 0x1000;

    private readonly List<VirtioMmioTransport> transports = [];
    private readonly List<AcpiVirtioDevice> virtioDevices = [];
    private readonly List<EventLoop> loopsOfDevices = [];

    // Pins of the I/O APIC that nobody else has: first those that the PICs do not have.
    private static ReadOnlySpan<byte> VirtioGsis => [16, 17, 18, 19, 20, 21, 22, 23, 5, 6, 7, 12, 14, 15];

    /// <summary>
    /// Puts a device behind registers in memory, with an interrupt of its own, and its bells into the kernel.
    /// </summary>
    /// <remarks>Before <see cref="Start"/>: guests are told of it by ACPI.</remarks>
    /// <param name="device">Made with <see cref="Memory"/>, and with <see cref="Events"/> or, where it blocks, a
    /// loop of its own (<see cref="AddEventLoop"/>). Owned by the machine from here on.</param>
    /// <exception cref="InvalidOperationException">The machine has <see cref="MostVirtioDevices"/>, or was
    /// started.</exception>
    /// <exception cref="KvmException">An ioctl failed.</exception>
    public VirtioMmioTransport AddVirtio(VirtioDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        CheckNotStarted();
        int number = virtioDevices.Count;
        if (number == MostVirtioDevices)
        {
            device.Dispose();
            throw new InvalidOperationException(
                $"a machine has at most {MostVirtioDevices} virtio devices behind memory, and has them all");
        }

        uint gsi = VirtioGsis[number];
        uint address = FirstVirtioAddress + ((uint)number * VirtioStride);
        VirtioMmioTransport transport = new(device, Vm.CreateIrqLine(gsi));
        transports.Add(transport);
        transport.UseIoEvents(Vm, address);
        Mmio.Register($"virtio {device.Type}", address, VirtioMmioTransport.Size, transport);
        Keep($"virtio {number} {device.Type}", transport);
        virtioDevices.Add(new AcpiVirtioDevice(address, (uint)VirtioMmioTransport.Size, gsi));
        return transport;
    }

    /// <summary>A loop with a thread of its own, for a device whose work may block. The machine's.</summary>
    public EventLoop AddEventLoop()
    {
        CheckNotStarted();
        EventLoop loop = new();
        loopsOfDevices.Add(loop);
        return loop;
    }

    private ImmutableArray<AcpiVirtioDevice> VirtioForAcpi() => [.. virtioDevices];

    private void PauseDevices() => transports.ForEach(transport => transport.Device.Pause());

    private void ResumeDevices() => transports.ForEach(transport => transport.Device.Resume());

    // A device's loop outlives it; what the transport ties is the VM's.
    private void DisposeVirtio()
    {
        foreach (VirtioMmioTransport transport in transports)
        {
            transport.Dispose();
            transport.Device.Dispose();
        }

        loopsOfDevices.ForEach(loop => loop.Dispose());
    }
}
