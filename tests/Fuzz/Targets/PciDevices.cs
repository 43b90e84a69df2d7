using KvmInterop.Machine.Pci;

namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>A PCI bus as a guest sees it: configuration by ports and by memory, and what it maps by it.</summary>
internal static class PciDevices
{
    private const int Vectors = 3;
    private const int RangesBehind = 0x10000;

    public static DeviceRig Make()
    {
        Host host = new();
        PioBus pio = new();
        MmioBus mmio = new();
        PciBus bus = new(pio, mmio, new PciInterrupt(host, 10), new PciInterrupt(host, 11));
        PciFunction function = new(new PciIdentity(0x1af4, 0x1042, 0x01_8000, 1, 0x1af4, 0x1100));
        function.AddBar(0, PciBarKind.Io, 32, new Registers());
        function.AddBar(1, PciBarKind.Memory32, 0x1000, new Registers());
        function.AddBar(4, PciBarKind.Memory64, 0x4000, new Registers(), prefetchable: true);
        Msix msix = function.AddMsix(Vectors, 2, new Messages(host));
        function.UsePin(1);
        bus.Add(0, new PciHostBridge());
        bus.Add(1, function);
        bus.Add(2, new PciFunction(new PciIdentity(0x1af4, 0x1041, 0x02_0000)), 3);
        PciConfigPorts ports = new(bus);
        return new DeviceRig(
            host, (ports, PciConfigPorts.Size), (ports, PciConfigPorts.Size), (new PciEcam(bus), PciEcam.Size),
            (new Behind(pio, mmio), RangesBehind))
        {
            State = bus,
            Event = script =>
            {
                switch (script.Byte() % 3)
                {
                    case 0:
                        function.SetInterrupt(script.Byte() % 2 == 0);
                        break;
                    default:
                        msix.Vectors[script.Below(Vectors)].Signal();
                        break;
                }
            },
        };
    }

    private sealed class Messages(Host host) : IMessageSender
    {
        public void Send(ulong address, uint data) => host.SetLevel(true);
    }

    // A device behind a BAR: an access beyond it would be the bus's mistake.
    private sealed class Registers : IBusDevice
    {
        private readonly byte[] values = new byte[0x4000];

        public void Read(ulong offset, Span<byte> data) => values.AsSpan((int)offset, data.Length).CopyTo(data);

        public void Write(ulong offset, ReadOnlySpan<byte> data) => data.CopyTo(values.AsSpan((int)offset));
    }

    /// <summary>Whatever the guest has put on the buses, at the place where it is now.</summary>
    private sealed class Behind(PioBus pio, MmioBus mmio) : IBusDevice
    {
        public void Read(ulong offset, Span<byte> data)
        {
            if (Find(offset) is BusRange range && range.Bus == pio)
            {
                pio.Read((ushort)Place(range, offset), data);
            }
            else if (Find(offset) is BusRange other)
            {
                mmio.Read(Place(other, offset), data);
            }
        }

        public void Write(ulong offset, ReadOnlySpan<byte> data)
        {
            if (Find(offset) is BusRange range && range.Bus == pio)
            {
                pio.Write((ushort)Place(range, offset), data);
            }
            else if (Find(offset) is BusRange other)
            {
                mmio.Write(Place(other, offset), data);
            }
        }

        private BusRange? Find(ulong offset)
        {
            IReadOnlyList<BusRange> ports = pio.Ranges;
            IReadOnlyList<BusRange> memory = mmio.Ranges;
            int index = (int)(offset >> 12) % Math.Max(1, ports.Count + memory.Count);
            return index < ports.Count ? ports[index]
                : index - ports.Count < memory.Count ? memory[index - ports.Count] : null;
        }

        private static ulong Place(BusRange range, ulong offset) => range.Start + (offset & 0xfff) % range.Size;
    }
}
