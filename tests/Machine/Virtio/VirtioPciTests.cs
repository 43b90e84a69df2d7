using System.Buffers.Binary;
using KvmInterop.Machine.Pci;
using KvmInterop.Machine.Virtio;
using KvmInterop.Tests.Machine.Pci;
using KvmInterop.Tests.Runtime.Machines;
using Register = KvmInterop.Machine.Virtio.VirtioPciRegister;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Machine.Virtio;

/// <summary>A device on a PCI bus, found and driven as 4.1 says.</summary>
public sealed class VirtioPciTests
{
    private const uint Registers = 0xe000_0000;
    private const uint Vectors = 0xe100_0000;

    [Fact]
    public void Function_identity_isThatOfAModernDevice()
    {
        using PciVirtio machine = new(hasMsix: true);

        Assert.Equal(0x1044_1af4u, machine.Pci.Read(0));
        Assert.Equal(1u, machine.Pci.Read(8) & 0xff);
        Assert.Equal(1u, machine.Pci.Read(0x3c) >> 8 & 0xff);
        Assert.Equal([1, 2, 3, 4, 5], machine.Parts.Keys.Order());
        Assert.All(machine.Parts.Values, part => Assert.Equal(0, part.Bar));
        Assert.Equal(4u, machine.NotifyMultiplier);
    }

    [Fact]
    public void Device_withoutMsix_interruptsByThePinUntilTheStatusIsRead()
    {
        using PciVirtio machine = new(hasMsix: false);
        machine.Start();

        Assert.Equal([0xfe], machine.Queue.Request([1], 1, out _));
        Assert.True(machine.Line);
        Assert.Equal(1u, machine.Read(3, 0, 1));
        Assert.False(machine.Line);
        Assert.Equal(0u, machine.Read(3, 0, 1));

        machine.Echo.ChangeConfiguration(0, 9);
        Assert.Equal(2u, machine.Read(3, 0, 1));
        Assert.Equal(9u, machine.Read(4, 0, 1));
    }

    [Fact]
    public void Device_withMsix_sendsTheMessagesOfItsVectors()
    {
        using PciVirtio machine = new(hasMsix: true);
        machine.EnableMsix();
        machine.Start(queueVector: 1, configurationVector: 0);
        machine.Queue.Request([1], 1, out _);
        Assert.Equal(["fee00000 41"], machine.Messages.Sent);
        Assert.False(machine.Line);
        Assert.Equal(0u, machine.Read(3, 0, 1));

        machine.Echo.ChangeConfiguration(0, 9);
        Assert.Equal(["fee00000 41", "fee00000 40"], machine.Messages.Sent);
    }

    [Fact]
    public void Vector_thatIsNotThere_readsBackAsNone()
    {
        using PciVirtio machine = new(hasMsix: true);
        machine.EnableMsix();
        machine.Start(queueVector: 2);
        machine.WriteCommon(Register.QueueSelect, 2, 0);

        Assert.Equal(0xffffu, machine.Read(1, Register.QueueMsixVector, 2));
        machine.Queue.Request([1], 1, out _);
        Assert.Empty(machine.Messages.Sent);
    }

    [Fact]
    public void Common_fieldsAreReadInAnyWidth()
    {
        using PciVirtio machine = new(hasMsix: true);
        machine.Start();

        Assert.Equal(1u, machine.Read(1, Register.NumQueues, 2));
        Assert.Equal(8u, machine.Read(1, Register.QueueSize, 2));
        Assert.Equal(1u, machine.Read(1, Register.QueueEnable, 2));
        Assert.Equal(machine.Read(1, Register.QueueDesc, 4), (uint)machine.Queue.Descriptors);
        Assert.Equal(15u, machine.Read(1, Register.DeviceStatus, 1));
        machine.WriteCommon(Register.QueueSelect, 2, 1);
        Assert.Equal(0u, machine.Read(1, Register.QueueSize, 2));
        Assert.Equal(0u, machine.Read(1, 59, 8));
        Assert.Equal(0u, machine.Read(1, 0xff0, 4));
    }

    [Fact]
    public void Device_everyPlaceAndWidth_isHarmless()
    {
        using PciVirtio machine = new(hasMsix: true);
        machine.Start();
        byte[] data = new byte[8];
        for (uint offset = 0; offset < 0x4000; offset++)
        {
            foreach (int width in (int[])[1, 2, 3, 4, 8])
            {
                if (offset + width <= 0x4000 && offset is not (>= Register.QueueSelect and < 0x40))
                {
                    machine.Pci.Mmio.Read(Registers + offset, data.AsSpan(0, width));
                    data.AsSpan().Fill(0xff);
                    machine.Pci.Mmio.Write(Registers + offset, data.AsSpan(0, width));
                }
            }
        }

        machine.WriteCommon(Register.DeviceStatus, 1, 0);
        machine.Start();
        Assert.Equal([0xfe], machine.Queue.Request([1], 1, out _));
    }

    [Fact]
    public void Window_inConfigurationSpace_reachesTheRegisters()
    {
        using PciVirtio machine = new(hasMsix: false);
        int window = machine.Parts[5].Place;

        // num_queues, 2 bytes.
        machine.Pci.Write(window + 8, Register.NumQueues);
        machine.Pci.Write(window + 12, 2);
        Assert.Equal(1u, machine.Pci.Read(window + 16) & 0xffff);

        machine.Pci.Write(window + 8, Register.DriverFeatureSelect);
        machine.Pci.Write(window + 12, 4);
        machine.Pci.Write(window + 16, 1);
        Assert.Equal(1u, machine.Read(1, Register.DriverFeatureSelect, 4));

        // Beyond, unaligned, of no width, of no such register: nothing happens.
        foreach ((uint offset, uint length) in ((uint, uint)[])
            [(0x4000, 4), (0xffff_fffe, 4), (2, 4), (0, 3), (0, 0), (0, 0x8000_0004)])
        {
            machine.Pci.Write(window + 8, offset);
            machine.Pci.Write(window + 12, length);
            machine.Pci.Write(window + 16, uint.MaxValue);
            machine.Pci.Read(window + 16);
        }

        Assert.Equal(0u, machine.Read(1, Register.DeviceFeatureSelect, 4));
    }

    [Fact]
    public void Device_savedOnPci_goesOnInAnother()
    {
        using PciVirtio first = new(hasMsix: true);
        first.EnableMsix();
        first.Start(queueVector: 1, configurationVector: 0);
        first.Queue.Request([1], 1, out _);
        first.Driver.Device.Pause();
        ulong output = first.Driver.Allocate(1);
        first.Queue.Add((first.Driver.Place([7]), 1, false), (output, 1, true));
        byte[] memory = new byte[VirtioDriver.MemorySize];
        first.Driver.Memory.Read(0, memory);
        byte[] bus = first.Pci.Bus.Save();
        byte[] state = first.Transport.Save();

        using PciVirtio second = new(hasMsix: true);
        second.Driver.Memory.Write(0, memory);
        second.Pci.Bus.Restore(bus);
        second.Transport.Restore(state);
        second.Driver.Pump();

        Assert.Equal(0xf8, second.Driver.Memory.Read<byte>(output));
        Assert.Equal(["fee00000 41"], second.Messages.Sent);
    }

    [SkippableFact]
    public void Bell_ofAGuest_signalsWithoutAnExitWhereverItIs()
    {
        const ulong Place = 0x10_0000;
        using GuestMachine machine = GuestMachine.LongMode(a =>
        {
            a.mov(rbx, Place + 0x3000);
            a.mov(__word_ptr[rbx], 0);
            a.hlt();
        });
        using VirtioDriver driver = new((memory, loop) => new EchoDevice(memory, loop), hasMmio: false);
        using VirtioPciTransport transport = new(driver.Device, new RecordingMessages(), machine.Vm);
        PciBus bus = new(machine.Loop.Pio, machine.Loop.Mmio);
        machine.Loop.Pio.Register("pci", PciConfigPorts.FirstPort, PciConfigPorts.Size, new PciConfigPorts(bus));
        bus.Add(0, transport.Function);
        foreach (uint place in (uint[])[0x18_0000, 0x14_0000, (uint)Place])
        {
            Configure(machine.Loop.Pio, 0x10, place);
            Configure(machine.Loop.Pio, 4, 2);
        }

        Assert.IsType<VcpuStop.Halted>(machine.Loop.Run());
        Assert.True(driver.Device.Bells[0].TryTake(out ulong count));
        Assert.Equal(1ul, count);
    }

    private static void Configure(PioBus ports, uint register, uint value)
    {
        ports.Write(0xcf8, BitConverter.GetBytes(0x8000_0000 | register));
        ports.Write(0xcfc, BitConverter.GetBytes(value));
    }

    /// <summary>A bus with the device at <see cref="Registers"/>, and a driver.</summary>
    private sealed class PciVirtio : IDisposable
    {
        public PciVirtio(bool hasMsix)
        {
            Driver = new((memory, loop) => new EchoDevice(memory, loop), hasMmio: false)
            {
                Bell = queue => Write(2, (uint)queue * 4, 2, (uint)queue),
            };
            Transport = new VirtioPciTransport(Driver.Device, hasMsix ? Messages : null);
            Pci = new PciMachine(Transport.Function);
            Pci.Write(0x10, Registers);
            Pci.Write(0x14, Vectors);
            Pci.Write(4, 2);
            for (int place = (int)Pci.Read(0x34) & 0xff; place != 0;)
            {
                uint head = Pci.Read(place);
                if ((head & 0xff) == 9)
                {
                    Parts[(int)(head >> 24)] = (place, (int)(Pci.Read(place + 4) & 0xff), Pci.Read(place + 8));
                }
                else
                {
                    MsixPlace = place;
                }

                place = (int)(head >> 8) & 0xff;
            }
        }

        public VirtioDriver Driver { get; }

        public VirtioPciTransport Transport { get; }

        public PciMachine Pci { get; }

        public RecordingMessages Messages { get; } = new();

        public Dictionary<int, (int Place, int Bar, uint Offset)> Parts { get; } = [];

        public DriverQueue Queue { get; private set; } = null!;

        public EchoDevice Echo => (EchoDevice)Driver.Device;

        // Device 3's pin 1 is line 3 of four.
        public bool Line => Pci.Lines[3].IsHigh;

        public uint NotifyMultiplier => Pci.Read(Parts[2].Place + 16);

        private int MsixPlace { get; }

        public void EnableMsix()
        {
            for (uint i = 0; i < 2; i++)
            {
                foreach ((uint offset, uint value) in ((uint, uint)[])[(0, 0xfee0_0000), (4, 0), (8, 0x40 + i), (12, 0)])
                {
                    Pci.Mmio.Write(Vectors + (16 * i) + offset, BitConverter.GetBytes(value));
                }
            }

            Pci.Write(MsixPlace, Pci.Read(MsixPlace) | 0x8000_0000);
        }

        public void Start(ushort queueVector = 0xffff, ushort configurationVector = 0xffff)
        {
            WriteCommon(Register.DeviceStatus, 1, 0);
            WriteCommon(Register.DeviceStatus, 1, 3);
            ulong features = Driver.Device.OfferedFeatures;
            WriteCommon(Register.DriverFeatureSelect, 4, 0);
            WriteCommon(Register.DriverFeature, 4, (uint)features);
            WriteCommon(Register.DriverFeatureSelect, 4, 1);
            WriteCommon(Register.DriverFeature, 4, (uint)(features >> 32));
            WriteCommon(Register.DeviceStatus, 1, 11);
            Assert.Equal(11u, Read(1, Register.DeviceStatus, 1));
            Queue = new DriverQueue(Driver, 0, 8);
            WriteCommon(Register.ConfigMsixVector, 2, configurationVector);
            WriteCommon(Register.QueueSelect, 2, 0);
            WriteCommon(Register.QueueSize, 2, 8);
            WriteCommon(Register.QueueMsixVector, 2, queueVector);
            WriteCommon(Register.QueueDesc, 4, (uint)Queue.Descriptors);
            WriteCommon(Register.QueueDriver, 8, Queue.Available);
            WriteCommon(Register.QueueDevice, 4, (uint)Queue.Used);
            WriteCommon(Register.QueueDevice + 4, 4, 0);
            WriteCommon(Register.QueueEnable, 2, 1);
            WriteCommon(Register.DeviceStatus, 1, 15);
            Driver.Pump();
        }

        public uint Read(int part, int offset, int width)
        {
            Span<byte> data = stackalloc byte[8];
            Pci.Mmio.Read(Registers + Parts[part].Offset + (uint)offset, data[..width]);
            return BinaryPrimitives.ReadUInt32LittleEndian(data);
        }

        public void WriteCommon(int offset, int width, ulong value) => Write(1, (uint)offset, width, value);

        public void Dispose()
        {
            Transport.Dispose();
            Driver.Dispose();
        }

        private void Write(int part, uint offset, int width, ulong value) =>
            Pci.Mmio.Write(
                Registers + Parts[part].Offset + offset, BitConverter.GetBytes(value).AsSpan(0, width));
    }
}
