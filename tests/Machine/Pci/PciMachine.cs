using KvmInterop.Machine.Pci;
using KvmInterop.Tests.Machine.Devices;
using KvmInterop.Tests.Runtime.Bus;

namespace KvmInterop.Tests.Machine.Pci;

/// <summary>A bus with its ports and one function at device 3, without a guest.</summary>
internal sealed class PciMachine
{
    public const int Device = 3;

    public PciMachine(PciFunction function)
    {
        Bus = new PciBus(
            Pio, Mmio, new PciInterrupt(Lines[0], 10), new PciInterrupt(Lines[1], 11),
            new PciInterrupt(Lines[2], 5), new PciInterrupt(Lines[3], 7));
        Pio.Register("pci", PciConfigPorts.FirstPort, PciConfigPorts.Size, new PciConfigPorts(Bus));
        Bus.Add(0, new PciHostBridge());
        Bus.Add(Device, function);
    }

    public PioBus Pio { get; } = new();

    public MmioBus Mmio { get; } = new();

    public PciBus Bus { get; }

    public RecordingLine[] Lines { get; } = [new(), new(), new(), new()];

    /// <summary>A function with I/O, 32-bit and 64-bit memory, each with a device that answers with its
    /// own bytes.</summary>
    public static PciFunction Sample()
    {
        PciFunction function = new(new PciIdentity(0x1af4, 0x1042, 0x01_8000, 1, 0x1af4, 0x1100));
        function.AddBar(0, PciBarKind.Io, 32, new RecordingDevice(0x10));
        function.AddBar(1, PciBarKind.Memory32, 0x1000, new RecordingDevice(0x40));
        function.AddBar(4, PciBarKind.Memory64, 0x4000, new RecordingDevice(0x80), prefetchable: true);
        function.UsePin(1);
        return function;
    }

    public uint Read(int register, int device = Device)
    {
        Select(register, device);
        Span<byte> data = stackalloc byte[4];
        Pio.Read(0xcfc, data);
        return BitConverter.ToUInt32(data);
    }

    public void Write(int register, uint value, int device = Device)
    {
        Select(register, device);
        Pio.Write(0xcfc, BitConverter.GetBytes(value));
    }

    public void Select(int register, int device = Device) =>
        Pio.Write(0xcf8, BitConverter.GetBytes(0x8000_0000 | (uint)(device << 11) | (uint)register));

    public byte ReadMemory(ulong address)
    {
        Span<byte> data = stackalloc byte[1];
        Mmio.Read(address, data);
        return data[0];
    }

    public byte ReadPort(ushort port)
    {
        Span<byte> data = stackalloc byte[1];
        Pio.Read(port, data);
        return data[0];
    }
}
