using KvmInterop.Machine.Devices;
using KvmInterop.Machine.Virtio;

namespace KvmInterop.Machine.Machines;

/// <content>Devices: those whose state is saved, and virtio devices.</content>
public abstract partial class VirtualMachine
{
    private readonly List<(string Name, IDeviceState Device)> states = [];
    private readonly List<(VirtioDevice Device, IDisposable Transport)> virtioDevices = [];
    private readonly List<EventLoop> loopsOfDevices = [];

    /// <summary>How many virtio devices the machine can have.</summary>
    public abstract int MostVirtioDevices { get; }

    /// <summary>
    /// Puts a device where the machine has such, with an interrupt of its own, and its bells into the kernel.
    /// </summary>
    /// <remarks>Before <see cref="Start"/>, and before a kernel is loaded that is told of it: guests do not expect
    /// devices to come.</remarks>
    /// <param name="device">Made with <see cref="Memory"/>, without a transport, and with <see cref="Events"/> or,
    /// where it blocks, a loop of its own (<see cref="AddEventLoop"/>). Owned by the machine from here on.</param>
    /// <exception cref="InvalidOperationException">The machine has <see cref="MostVirtioDevices"/>, or no bus for
    /// them, or was started, or its guest is told of its devices already.</exception>
    /// <exception cref="KvmException">An ioctl failed.</exception>
    public void AddVirtio(VirtioDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        try
        {
            CheckNotStarted();
            CheckTakesVirtio();
            if (virtioDevices.Count == MostVirtioDevices)
            {
                throw new InvalidOperationException(
                    $"a machine has at most {MostVirtioDevices} virtio devices {VirtioPlace}, and has them all");
            }
        }
        catch
        {
            device.Dispose();
            throw;
        }

        Attach(device, virtioDevices.Count);
    }

    /// <summary>A loop with a thread of its own, for a device whose work may block. The machine's.</summary>
    public EventLoop AddEventLoop()
    {
        CheckNotStarted();
        EventLoop loop = new();
        loopsOfDevices.Add(loop);
        return loop;
    }

    /// <summary>Where they are, as a part of a sentence.</summary>
    private protected abstract string VirtioPlace { get; }

    /// <summary>Throws where no virtio device can be added.</summary>
    private protected abstract void CheckTakesVirtio();

    /// <summary>Makes a device's transport, by <see cref="OwnVirtio"/> or behind memory.</summary>
    /// <param name="device">The device.</param>
    /// <param name="number">From 0.</param>
    private protected abstract void Attach(VirtioDevice device, int number);

    /// <summary>Has a device saved, and disposed with its transport, which is first.</summary>
    private protected T OwnVirtio<T>(VirtioDevice device, T transport)
        where T : IDeviceState, IDisposable
    {
        string name = NameOf(device, virtioDevices.Count);
        virtioDevices.Add((device, transport));
        return Keep(name, transport);
    }

    /// <summary>Puts a device behind registers in memory.</summary>
    private protected void AttachBehindMemory(VirtioDevice device, ulong address, IrqLine line)
    {
        string name = NameOf(device, virtioDevices.Count);
        VirtioMmioTransport transport = OwnVirtio(device, new VirtioMmioTransport(device, line));
        transport.UseIoEvents(Vm, address);
        Mmio.Register(name, address, VirtioMmioTransport.Size, transport);
    }

    /// <summary>Has a device's state saved and restored, in the order of these calls.</summary>
    private protected T Keep<T>(string name, T device)
        where T : IDeviceState
    {
        states.Add((name, device));
        return device;
    }

    private static string NameOf(VirtioDevice device, int number) => $"virtio {number} {device.Type}";

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
