using KvmInterop.Machine.Devices;
using KvmInterop.Machine.Pci;

namespace KvmInterop.Machine.Virtio;

/// <summary>A virtio device as a function of a PCI bus (virtio 1.2, section 4.1; no legacy interface).</summary>
/// <remarks>
/// <para>Add <see cref="Function"/> to a <see cref="PciBus"/>. With MSI-X there is a vector for each queue and
/// one for changes of the configuration, to be shared as the driver likes; a guest without it gets the
/// interrupt pin and the ISR status.</para>
/// <para>Any thread may access it.</para>
/// </remarks>
public sealed partial class VirtioPciTransport : IVirtioTransport, IDeviceState, IDisposable
{
    // VIRTIO_MSI_NO_VECTOR (4.1.4.3).
    private const ushort NoVector = 0xffff;

    // Bits of the ISR status (4.1.4.5).
    private const byte QueueInterrupt = 1;
    private const byte ConfigurationInterrupt = 2;

    private readonly VirtioDevice device;
    private readonly Vm? vm;
    private readonly Lock interruptGate = new();
    private readonly Lock bellGate = new();
    private readonly List<IoEventFd> bells = [];
    private readonly VirtioPciFunction function;
    private readonly ushort[] queueVectors;
    private ushort configurationVector = NoVector;
    private byte isr;
    private bool disposed;

    /// <summary>Makes a function of a device.</summary>
    /// <param name="device">Owned by the caller, and in no other transport.</param>
    /// <param name="messages">Where MSI-X messages go; null for a function without MSI-X.</param>
    /// <param name="vm">Where the queues' bells are ioeventfds, wherever the guest puts them; null: they come
    /// as exits, and work too.</param>
    /// <exception cref="InvalidOperationException">The device has a transport.</exception>
    public VirtioPciTransport(VirtioDevice device, IMessageSender? messages, Vm? vm = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        this.device = device;
        this.vm = vm;
        queueVectors = new ushort[device.QueueCount];
        Array.Fill(queueVectors, NoVector);
        function = new VirtioPciFunction(device.Type, new Registers(this), TieBells);
        if (messages is not null)
        {
            function.AddMsix(device.QueueCount + 1, bar: 1, messages);
        }

        device.Attach(this);
    }

    /// <summary>What goes on a bus.</summary>
    public PciFunction Function => function;

    /// <summary>The device behind it.</summary>
    public VirtioDevice Device => device;

    /// <summary>Unties the bells. The device is not disposed.</summary>
    public void Dispose()
    {
        lock (bellGate)
        {
            disposed = true;
            UntieBells();
        }
    }

    void IVirtioTransport.NotifyUsed(int queue) =>
        Interrupt(Volatile.Read(ref queueVectors[queue]), QueueInterrupt);

    void IVirtioTransport.NotifyConfiguration() =>
        Interrupt(Volatile.Read(ref configurationVector), ConfigurationInterrupt);

    void IVirtioTransport.OnReset()
    {
        Array.Fill(queueVectors, NoVector);
        configurationVector = NoVector;
        TakeIsr();
    }

    private void Interrupt(ushort vector, byte bit)
    {
        // Of use only together with MSI-X, or without (4.1.5.1.2, 4.1.5.3, 4.1.5.4).
        if (function.Msix is { IsEnabled: true } msix)
        {
            if (vector < msix.Vectors.Count)
            {
                msix.Vectors[vector].Signal();
            }

            return;
        }

        lock (interruptGate)
        {
            isr |= bit;
            function.SetInterrupt(true);
        }
    }

    // Reading acknowledges (4.1.4.5).
    private byte TakeIsr()
    {
        lock (interruptGate)
        {
            byte taken = isr;
            isr = 0;
            function.SetInterrupt(false);
            return taken;
        }
    }

    // Called by the bus when the guest has put the registers somewhere else.
    private void TieBells(ulong? address)
    {
        lock (bellGate)
        {
            UntieBells();
            if (address is not ulong start || vm is null || disposed)
            {
                return;
            }

            try
            {
                for (int queue = 0; queue < device.QueueCount; queue++)
                {
                    ulong bell = start + VirtioPciFunction.NotifyOffset
                        + ((uint)queue * VirtioPciFunction.NotifyMultiplier);
                    bells.Add(vm.CreateIoEventFd(
                        IoEventSpace.Mmio, bell, sizeof(ushort), (ulong)queue, device.Bells[queue]));
                }
            }
            catch (Exception e) when (e is KvmException or ObjectDisposedException)
            {
                // A place that the guest chose, and KVM does not take: the bells come as exits.
                UntieBells();
            }
        }
    }

    private void UntieBells()
    {
        foreach (IoEventFd bell in bells)
        {
            bell.Dispose();
        }

        bells.Clear();
    }
}
