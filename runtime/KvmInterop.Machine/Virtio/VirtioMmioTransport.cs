using System.Runtime.InteropServices;
using KvmInterop.Machine.Devices;
using Register = KvmInterop.Machine.Virtio.VirtioMmioRegister;

namespace KvmInterop.Machine.Virtio;

/// <summary>A virtio device as registers in memory (virtio 1.2, section 4.2, version 2).</summary>
/// <remarks>
/// <para>The interrupt line follows InterruptStatus. Level and edge triggering both lose nothing: a bit that
/// the driver did not acknowledge, because it came after it had read them, is a new edge.</para>
/// <para>Any thread may access it. A guest finds such devices by ACPI, a device tree, or Linux's
/// <c>virtio_mmio.device=</c>.</para>
/// </remarks>
public sealed partial class VirtioMmioTransport : IBusDevice, IVirtioTransport, IDeviceState, IDisposable
{
    /// <summary>Bytes that the registers take on the bus.</summary>
    public const ulong Size = 0x200;

    // "virt" (4.2.2), the version of this layout, and who made the device: any number; "KVMI".
    private const uint Magic = 0x74726976;
    private const uint LayoutVersion = 2;
    private const uint Vendor = 0x494d564b;

    // Bits of InterruptStatus.
    private const uint UsedBuffer = 1;
    private const uint ConfigurationChange = 2;

    private readonly VirtioDevice device;
    private readonly IInterruptLine line;
    private readonly Lock lineGate = new();
    private readonly List<IoEventFd> bells = [];
    private uint interruptStatus;

    // Selectors: each is one word, and a driver does not use them from two vCPUs at once.
    private uint deviceFeaturesHalf;
    private uint driverFeaturesHalf;
    private uint selectedQueue;

    /// <summary>Puts registers in front of a device.</summary>
    /// <param name="device">Owned by the caller, and in no other transport.</param>
    /// <param name="line">High while InterruptStatus is not 0.</param>
    /// <exception cref="InvalidOperationException">The device has a transport.</exception>
    public VirtioMmioTransport(VirtioDevice device, IInterruptLine line)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(line);
        this.device = device;
        this.line = line;
        device.Attach(this);
    }

    /// <summary>The device behind the registers.</summary>
    public VirtioDevice Device => device;

    /// <summary>
    /// Lets KVM ring the bells of the queues without an exit (KVM_IOEVENTFD, by the queue's number).
    /// Without this call they come as exits, and work too.
    /// </summary>
    /// <param name="vm">The VM.</param>
    /// <param name="address">The guest-physical address at which the registers are.</param>
    /// <exception cref="KvmException">The ioctl failed; none of the bells is tied.</exception>
    public void UseIoEvents(Vm vm, ulong address)
    {
        ArgumentNullException.ThrowIfNull(vm);
        try
        {
            for (int queue = 0; queue < device.QueueCount; queue++)
            {
                bells.Add(vm.CreateIoEventFd(
                    IoEventSpace.Mmio, address + Register.QueueNotify, sizeof(uint), (ulong)queue,
                    device.Bells[queue]));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        if (offset >= Register.Configuration)
        {
            device.ReadConfiguration(offset - Register.Configuration, data);
            return;
        }

        // Registers are 32 bits, aligned (4.2.2.2); of any other access nothing is to be expected.
        data.Clear();
        if (data.Length == sizeof(uint))
        {
            uint value = LittleEndian.Of(ReadRegister(offset));
            MemoryMarshal.Write(data, in value);
        }
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (offset >= Register.Configuration)
        {
            device.WriteConfiguration(offset - Register.Configuration, data);
        }
        else if (data.Length == sizeof(uint))
        {
            WriteRegister(offset, LittleEndian.Of(MemoryMarshal.Read<uint>(data)));
        }
    }

    /// <summary>Unties the bells. The device is not disposed.</summary>
    public void Dispose()
    {
        foreach (IoEventFd bell in bells)
        {
            bell.Dispose();
        }

        bells.Clear();
    }

    void IVirtioTransport.NotifyUsed(int queue) => ChangeInterrupts(set: UsedBuffer, clear: 0);

    void IVirtioTransport.NotifyConfiguration() => ChangeInterrupts(set: ConfigurationChange, clear: 0);

    void IVirtioTransport.OnReset() => ChangeInterrupts(set: 0, clear: uint.MaxValue);

    private uint ReadRegister(ulong offset) => offset switch
    {
        Register.MagicValue => Magic,
        Register.Version => LayoutVersion,
        Register.DeviceId => (uint)device.Type,
        Register.VendorId => Vendor,
        Register.DeviceFeatures => deviceFeaturesHalf switch
        {
            0 => (uint)device.OfferedFeatures,
            1 => (uint)(device.OfferedFeatures >> 32),
            _ => 0,
        },
        Register.QueueNumMax => (uint)(device.FindQueue(selectedQueue)?.MaxSize ?? 0),
        Register.QueueReady => device.FindQueue(selectedQueue) is { IsReady: true } ? 1u : 0,
        Register.InterruptStatus => Volatile.Read(ref interruptStatus),
        Register.Status => (uint)device.Status,
        Register.ConfigGeneration => device.ConfigurationGeneration,

        // No shared memory regions: their length reads as -1 (4.2.2, SHMLen).
        >= Register.SharedMemoryLengthLow and <= Register.SharedMemoryBaseHigh => uint.MaxValue,
        _ => 0,
    };

    private void WriteRegister(ulong offset, uint value)
    {
        switch (offset)
        {
            case Register.DeviceFeaturesSelect:
                deviceFeaturesHalf = value;
                break;
            case Register.DriverFeatures:
                device.WriteDriverFeatures(driverFeaturesHalf, value);
                break;
            case Register.DriverFeaturesSelect:
                driverFeaturesHalf = value;
                break;
            case Register.QueueSelect:
                selectedQueue = value;
                break;
            case Register.QueueReady:
                device.SetQueueReady(selectedQueue, (value & 1) != 0);
                break;
            case Register.QueueNotify:
                device.Notify(value);
                break;
            case Register.InterruptAcknowledge:
                ChangeInterrupts(set: 0, clear: value);
                break;
            case Register.Status:
                device.WriteStatus((VirtioStatus)(value & byte.MaxValue));
                break;
            default:
                WriteQueueRegister(offset, value);
                break;
        }
    }

    private void WriteQueueRegister(ulong offset, uint value)
    {
        VirtioDevice.QueueChange? change = offset == Register.QueueNum
            ? static (queue, value) => queue.Size = (int)Math.Min(value, int.MaxValue)
            : QueueAddress.ChangeAt(
                offset, Register.QueueDescLow, Register.QueueDriverLow, Register.QueueDeviceLow);
        if (change is not null)
        {
            device.SetUpQueue(selectedQueue, value, change);
        }
    }

    // Bits and line change together, or an acknowledgement could lower the line for a bit just set.
    private void ChangeInterrupts(uint set, uint clear)
    {
        lock (lineGate)
        {
            uint value = (interruptStatus & ~clear) | set;
            Volatile.Write(ref interruptStatus, value);
            if (clear != 0)
            {
                line.Lower();
            }

            line.SetLevel(value != 0);
        }
    }
}
