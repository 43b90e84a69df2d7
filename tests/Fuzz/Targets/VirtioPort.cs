using System.Buffers.Binary;
using KvmInterop.Machine.Devices;
using KvmInterop.Machine.Pci;
using KvmInterop.Machine.Virtio;
using Common = KvmInterop.Machine.Virtio.VirtioPciRegister;
using Register = KvmInterop.Machine.Virtio.VirtioMmioRegister;

namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>How a driver reaches its device: registers are named as MMIO has them.</summary>
internal abstract class VirtioPort : IDisposable
{
    /// <summary>Everything that a guest may access.</summary>
    public abstract IBusDevice Registers { get; }

    public abstract ulong Size { get; }

    /// <summary>Where the device's own configuration begins.</summary>
    public abstract ulong Configuration { get; }

    public abstract IDeviceState State { get; }

    public abstract void Write(ulong register, uint value);

    /// <summary>An access by another way than the registers, where there is one.</summary>
    public virtual void AccessElsewhere(FuzzScript script)
    {
    }

    public abstract void Dispose();
}

/// <summary>virtio 1.2, 4.2.</summary>
internal sealed class VirtioMmioPort(VirtioDevice device, Host host) : VirtioPort
{
    private readonly VirtioMmioTransport transport = new(device, host);

    public override IBusDevice Registers => transport;

    public override ulong Size => VirtioMmioTransport.Size;

    public override ulong Configuration => Register.Configuration;

    public override IDeviceState State => transport;

    public override void Write(ulong register, uint value)
    {
        Span<byte> data = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(data, value);
        transport.Write(register, data);
    }

    public override void Dispose() => transport.Dispose();
}

/// <summary>virtio 1.2, 4.1, with MSI-X. The function is on no bus: <see cref="PciDevices"/> has one.</summary>
internal sealed class VirtioPciPort : VirtioPort
{
    // The capability of MSI-X, and its control (PCI 3.0, 6.8.2).
    private const byte MsixId = 0x11;
    private const ushort MsixEnable = 0x8000;
    private const int FirstCapability = 0x34;

    private readonly VirtioPciTransport transport;
    private readonly int msix;

    public VirtioPciPort(VirtioDevice device, Host host)
    {
        transport = new VirtioPciTransport(device, new Messages(host));
        Registers = transport.Function.Bars[0].Device;
        PciConfigSpace config = transport.Function.Config;
        for (msix = config[FirstCapability]; config[msix] != MsixId; msix = config[msix + 1])
        {
        }
    }

    public override IBusDevice Registers { get; }

    public override ulong Size => 4 * VirtioPciFunction.PartSize;

    public override ulong Configuration => VirtioPciFunction.DeviceOffset;

    public override IDeviceState State => transport;

    public override void Write(ulong register, uint value)
    {
        (ulong Offset, int Width) place = register switch
        {
            Register.Status => (Common.DeviceStatus, 1),
            Register.DriverFeaturesSelect => (Common.DriverFeatureSelect, 4),
            Register.DriverFeatures => (Common.DriverFeature, 4),
            Register.QueueSelect => (Common.QueueSelect, 2),
            Register.QueueNum => (Common.QueueSize, 2),
            Register.QueueReady => (Common.QueueEnable, 2),
            Register.QueueNotify =>
                (VirtioPciFunction.NotifyOffset + (value % 64 * VirtioPciFunction.NotifyMultiplier), 2),
            Register.QueueDescLow => (Common.QueueDesc, 4),
            Register.QueueDescLow + 4 => (Common.QueueDesc + 4UL, 4),
            Register.QueueDriverLow => (Common.QueueDriver, 4),
            Register.QueueDriverLow + 4 => (Common.QueueDriver + 4UL, 4),
            Register.QueueDeviceLow => (Common.QueueDevice, 4),
            Register.QueueDeviceLow + 4 => (Common.QueueDevice + 4UL, 4),
            _ => (register, 4),
        };
        Span<byte> data = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(data, value);
        Registers.Write(place.Offset, data[..place.Width]);
        if (register == Register.QueueReady)
        {
            // Each queue's vector, and that of the configuration.
            BinaryPrimitives.WriteUInt32LittleEndian(data, 1);
            Registers.Write(Common.QueueMsixVector, data[..2]);
            Registers.Write(Common.ConfigMsixVector, data[..2]);
        }
    }

    /// <summary>The function's configuration, with its window to the registers, and the vectors' table.</summary>
    public override void AccessElsewhere(FuzzScript script)
    {
        Span<byte> all = stackalloc byte[sizeof(ulong)];
        script.Fill(all);
        Span<byte> data = all[..(1 << (script.Byte() % 3))];
        int kind = script.Byte();
        if (kind < 32)
        {
            // On, or off, with a vector that is not masked.
            ushort control = kind < 24 ? MsixEnable : (ushort)0;
            BinaryPrimitives.WriteUInt64LittleEndian(all, control);
            transport.Function.GuestWrites(msix + 2, all[..2]);
            all.Clear();
            transport.Function.Bars[1].Device.Write((ulong)(kind & 1) * 16 + 12, all[..4]);
            return;
        }

        if (kind < 64)
        {
            PciBar table = transport.Function.Bars[1];
            ulong place = script.Number(2) % (table.Size - (ulong)data.Length + 1);
            table.Device.Write(place, data);
            table.Device.Read(place, data);
            return;
        }

        // From the end of the standard header on are the capabilities, where it is worth looking.
        int offset = kind < 192 ? 0x40 + (script.Byte() % 0x80) : script.Byte();
        offset = Math.Min(offset & -data.Length, PciRegisters.Size - data.Length);
        transport.Function.GuestWrites(offset, data);
        transport.Function.GuestReads(offset, data);
    }

    public override void Dispose() => transport.Dispose();

    private sealed class Messages(Host host) : IMessageSender
    {
        public void Send(ulong address, uint data) => host.SetLevel(true);
    }
}
