using System.Buffers.Binary;
using KvmInterop.Machine.Pci;

namespace KvmInterop.Machine.Virtio;

/// <summary>The PCI side of a <see cref="VirtioPciTransport"/>: identity, capabilities, and the window to the
/// registers in configuration space (virtio 1.2, sections 4.1.2 and 4.1.4).</summary>
internal sealed class VirtioPciFunction : PciFunction
{
    /// <summary>Where the parts are in base address 0.</summary>
    internal const uint CommonOffset = 0x0000;
    internal const uint IsrOffset = 0x1000;
    internal const uint DeviceOffset = 0x2000;
    internal const uint NotifyOffset = 0x3000;
    internal const uint PartSize = 0x1000;

    /// <summary>Bytes between the bells of two queues.</summary>
    internal const uint NotifyMultiplier = 4;

    // 4.1.2: Red Hat's number is virtio's; a device that is no transitional one has 0x1040 and its type, and a
    // revision of 1. The subsystem's is any number from 0x40 on.
    private const ushort Vendor = 0x1af4;
    private const ushort FirstDevice = 0x1040;
    private const ushort Subsystem = 0x40;

    // struct virtio_pci_cap (4.1.4): an ordinary capability of the vendor's (PCI 3.0, appendix H).
    private const byte VendorSpecific = 0x09;
    private const int CapabilityLength = 16;
    private const int BarField = 4;
    private const int OffsetField = 8;
    private const int LengthField = 12;
    private const int DataField = 16;

    private readonly IBusDevice registers;
    private readonly Action<ulong?> moved;
    private readonly int window;

    internal VirtioPciFunction(VirtioDeviceType type, IBusDevice registers, Action<ulong?> moved)
        : base(new PciIdentity(Vendor, (ushort)(FirstDevice + (int)type), ClassOf(type), 1, Vendor, Subsystem))
    {
        this.registers = registers;
        this.moved = moved;
        AddBar(0, PciBarKind.Memory32, 4 * PartSize, registers);
        UsePin(1);
        AddPart(Part.Common, CommonOffset, VirtioPciRegister.Size);
        AddPart(Part.Notify, NotifyOffset, PartSize, NotifyMultiplier);
        AddPart(Part.Isr, IsrOffset, 1);
        AddPart(Part.Device, DeviceOffset, PartSize);
        window = AddPart(Part.Window, 0, 0, 0);
        Config.Allow(window + BarField, 1);
        Config.Allow(window + OffsetField, DataField + sizeof(uint) - OffsetField);
    }

    // VIRTIO_PCI_CAP_*.
    private enum Part : byte
    {
        Common = 1,
        Notify = 2,
        Isr = 3,
        Device = 4,
        Window = 5,
    }

    /// <inheritdoc/>
    protected internal override void BarMoved(PciBar bar)
    {
        if (bar.Index == 0)
        {
            moved(bar.Address);
        }
    }

    /// <inheritdoc/>
    protected internal override void ConfigReading(int offset, int length)
    {
        Span<byte> data = stackalloc byte[sizeof(uint)];
        if (TouchesData(offset, length) && TryFindWindow(out ulong place, out int width))
        {
            registers.Read(place, data[..width]);
            for (int i = 0; i < width; i++)
            {
                Config[window + DataField + i] = data[i];
            }
        }
    }

    /// <inheritdoc/>
    protected internal override void ConfigWritten(int offset, int length)
    {
        if (TouchesData(offset, length) && TryFindWindow(out ulong place, out int width))
        {
            registers.Write(place, Config.Values.Slice(window + DataField, width));
        }
    }

    // What a guest sorts them by (PCI 3.0, appendix D).
    private static uint ClassOf(VirtioDeviceType type) => type switch
    {
        VirtioDeviceType.Network => 0x02_0000,
        VirtioDeviceType.Block => 0x01_8000,
        VirtioDeviceType.Console => 0x07_8000,
        _ => 0xff_0000,
    };

    private int AddPart(Part part, uint offset, uint length, uint? extra = null)
    {
        // What follows the capability's kind and link.
        Span<byte> body = stackalloc byte[CapabilityLength - 2 + sizeof(uint)];
        body.Clear();
        body = extra is null ? body[..(CapabilityLength - 2)] : body;
        body[0] = (byte)(body.Length + 2);
        body[1] = (byte)part;
        BinaryPrimitives.WriteUInt32LittleEndian(body[(OffsetField - 2)..], offset);
        BinaryPrimitives.WriteUInt32LittleEndian(body[(LengthField - 2)..], length);
        if (extra is uint value)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(body[(DataField - 2)..], value);
        }

        return AddCapability(VendorSpecific, body);
    }

    private bool TouchesData(int offset, int length) =>
        offset < window + DataField + sizeof(uint) && offset + length > window + DataField;

    // 4.1.4.9: the driver says which bytes, 1, 2 or 4, at a multiple of their number.
    private bool TryFindWindow(out ulong place, out int width)
    {
        place = Config.GetUInt32(window + OffsetField);
        uint length = Config.GetUInt32(window + LengthField);
        width = (int)(length & 7);
        return Config[window + BarField] == 0
            && length is 1 or 2 or 4
            && place % length == 0
            && place + length <= 4 * PartSize;
    }
}
