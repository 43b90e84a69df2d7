using KvmInterop.Machine.Pci;
using KvmInterop.Tests.Machine.Devices;
using KvmInterop.Tests.Runtime.Bus;

namespace KvmInterop.Tests.Machine.Pci;

/// <summary>Base addresses: sized, moved, switched, and put where they must not be.</summary>
public class PciBarTests
{
    private const uint Io = 1;
    private const uint Memory = 2;

    private readonly PciMachine machine = new(PciMachine.Sample());

    [Fact]
    public void Size_askedFor_isInTheBitsThatStayZero()
    {
        foreach (int register in (int[])[0x10, 0x14, 0x18, 0x1c, 0x20, 0x24])
        {
            machine.Write(register, uint.MaxValue);
        }

        Assert.Equal(0xffff_ffe1u, machine.Read(0x10));
        Assert.Equal(0xffff_f000u, machine.Read(0x14));
        Assert.Equal(0u, machine.Read(0x18));
        Assert.Equal(0u, machine.Read(0x1c));
        Assert.Equal(0xffff_c00cu, machine.Read(0x20));
        Assert.Equal(0xffff_ffffu, machine.Read(0x24));
    }

    [Fact]
    public void Device_answersWhereItIsAndOnlyWhenSwitchedOn()
    {
        machine.Write(0x10, 0xc000);
        machine.Write(0x14, 0xe000_0000);
        Assert.Equal(0xff, machine.ReadPort(0xc000));

        machine.Write(0x04, Io);
        Assert.Equal(0x10, machine.ReadPort(0xc000));
        Assert.Equal(0xff, machine.ReadMemory(0xe000_0000));
        machine.Write(0x04, Memory);
        Assert.Equal(0xff, machine.ReadPort(0xc000));
        Assert.Equal(0x40, machine.ReadMemory(0xe000_0000));
        machine.Write(0x04, 0);
        Assert.Equal(0xff, machine.ReadMemory(0xe000_0000));
    }

    [Fact]
    public void Device_moved_answersAtItsNewAddressOnly()
    {
        machine.Write(0x04, Memory);
        machine.Write(0x14, 0xe000_0000);
        machine.Write(0x14, 0xe001_0000);

        Assert.Equal(0xff, machine.ReadMemory(0xe000_0000));
        Assert.Equal(0x40, machine.ReadMemory(0xe001_0000));
        Assert.Equal(0xe001_0000ul, machine.Bus.Find(PciMachine.Device)!.Bars[1].Address);
    }

    [Fact]
    public void Device_of64Bits_movesByBothRegisters()
    {
        machine.Write(0x04, Memory);
        machine.Write(0x20, 0x8000_0000);
        Assert.Equal(0x80, machine.ReadMemory(0x8000_0000));

        machine.Write(0x24, 0x12);

        Assert.Equal(0xff, machine.ReadMemory(0x8000_0000));
        Assert.Equal(0x81, machine.ReadMemory(0x12_8000_3fff));
        machine.Write(0x24, 0xffff_ffff);
        machine.Write(0x20, 0xffff_ffff);
        Assert.Equal(0x82, machine.ReadMemory(ulong.MaxValue));
    }

    [Fact]
    public void Register_writtenByteByByte_movesTheDevice()
    {
        machine.Write(0x04, Memory);
        machine.Select(0x14);
        machine.Pio.Write(0xcff, [0xe0]);
        machine.Pio.Write(0xcfd, [0x50]);

        Assert.Equal(0xe000_5000u, machine.Read(0x14));
        Assert.Equal(0x40, machine.ReadMemory(0xe000_5000));
    }

    [Theory]
    [InlineData(0x0000_0000)]
    [InlineData(0x0001_0000)]
    [InlineData(0xffff_ffe0)]
    public void Ports_outsideOfTheirSpace_areNowhere(uint address)
    {
        machine.Write(0x10, address);
        machine.Write(0x04, Io);

        Assert.Null(machine.Bus.Find(PciMachine.Device)!.Bars[0].Address);
        machine.Write(0x10, 0xffe0);
        Assert.Equal(0x10, machine.ReadPort(0xffff));
    }

    [Fact]
    public void Device_overAnother_comesInWhenThatIsGone()
    {
        BusRange other = machine.Mmio.Register("other", 0xe000_0800, 4, new RecordingDevice(0x77));
        machine.Write(0x14, 0xe000_0000);
        machine.Write(0x04, Memory);

        Assert.Equal(0xff, machine.ReadMemory(0xe000_0000));
        Assert.Equal(0x77, machine.ReadMemory(0xe000_0800));
        machine.Mmio.Remove(other);
        machine.Write(0x04, Memory);
        Assert.Equal(0x40, machine.ReadMemory(0xe000_0000));
    }

    [Fact]
    public void Device_overItsOwnConfigurationPorts_doesNotTakeThem()
    {
        machine.Write(0x10, 0x0ce0);
        machine.Write(0x04, Io);

        Assert.Equal(0x1042_1af4u, machine.Read(0x00));
        Assert.Equal(0xff, machine.ReadPort(0x0ce0));
    }

    [Fact]
    public void Devices_overEachOther_theFirstAnswersAndTheyCanSwap()
    {
        PciFunction second = PciMachine.Sample();
        machine.Bus.Add(4, second);
        machine.Write(0x04, Memory);
        machine.Write(0x04, Memory, device: 4);
        machine.Write(0x14, 0xe000_0000);
        machine.Write(0x14, 0xe000_0000, device: 4);
        Assert.Equal(0xe000_0000ul, machine.Bus.Find(PciMachine.Device)!.Bars[1].Address);
        Assert.Null(second.Bars[1].Address);

        machine.Write(0x14, 0xe000_1000);

        Assert.Equal(0xe000_0000ul, second.Bars[1].Address);
        Assert.Equal(0xe000_1000ul, machine.Bus.Find(PciMachine.Device)!.Bars[1].Address);
    }

    [Fact]
    public void Devices_ofOneFunctionOverEachOther_doNoHarm()
    {
        machine.Write(0x04, Memory);
        machine.Write(0x20, 0xe000_0000);
        machine.Write(0x14, 0xe000_1000);

        Assert.Equal(0x80, machine.ReadMemory(0xe000_1000));
        machine.Write(0x20, 0);
        Assert.Equal(0x40, machine.ReadMemory(0xe000_1000));
    }

    [Fact]
    public void Function_isToldOfEachMove()
    {
        List<string> moves = [];
        MovingFunction function = new(bar => moves.Add($"{bar.Index} {bar.Address:x}"));
        PciMachine with = new(function);
        with.Write(0x04, Memory);
        with.Write(0x10, 0xe000_0000);
        with.Write(0x10, 0xe000_0000);
        with.Write(0x10, 0xe100_0000);
        with.Write(0x04, 0);

        Assert.Equal(["0 e0000000", "0 ", "0 e1000000", "0 "], moves);
    }

    [Theory]
    [InlineData(PciBarKind.Io, 2)]
    [InlineData(PciBarKind.Io, 512)]
    [InlineData(PciBarKind.Memory32, 0)]
    [InlineData(PciBarKind.Memory32, 8)]
    [InlineData(PciBarKind.Memory32, 0x3000)]
    [InlineData(PciBarKind.Memory32, 0x1_0000_0000)]
    [InlineData(PciBarKind.Memory64, ulong.MaxValue)]
    public void Size_thatNoRegisterCanSay_isRefused(PciBarKind kind, ulong size)
    {
        PciFunction function = new(new PciIdentity(1, 2, 3));

        Exception e = Assert.Throws<ArgumentException>(
            () => function.AddBar(0, kind, size, new RecordingDevice()));

        Assert.Contains($"a power of two, and not 0x{size:x}", e.Message);
    }

    [Fact]
    public void Register_thatIsTaken_isRefused()
    {
        PciFunction function = PciMachine.Sample();
        foreach (int index in (int[])[0, 1, 4, 5])
        {
            Assert.Throws<ArgumentException>(
                () => function.AddBar(index, PciBarKind.Memory32, 16, new RecordingDevice()));
        }

        Assert.Throws<ArgumentException>(
            () => function.AddBar(3, PciBarKind.Memory64, 16, new RecordingDevice()));
        Assert.ThrowsAny<ArgumentException>(
            () => function.AddBar(6, PciBarKind.Memory32, 16, new RecordingDevice()));
        function.AddBar(2, PciBarKind.Memory64, 16, new RecordingDevice());
    }

    [Fact]
    public void Access_anyConfigurationWrites_neverFailsAndLeavesNoRangeBehind()
    {
        PciMachine with = new(PciMachine.Sample());
        PciFunction msix = new(new PciIdentity(1, 2, 3));
        msix.AddMsix(33, 2, new RecordingMessages());
        msix.AddBar(0, PciBarKind.Memory64, 1UL << 40, new RecordingDevice());
        with.Bus.Add(4, msix);
        Random random = new(1);
        Span<byte> data = stackalloc byte[8];
        for (int i = 0; i < 50_000; i++)
        {
            int register = random.Next(3) == 0 ? 0x04 : random.Next(64) * 4;
            with.Select(register, random.Next(2) + 3);
            Span<byte> some = data[..random.Next(1, 5)];
            random.NextBytes(some);
            if (random.Next(3) == 0)
            {
                some.Fill((byte)(random.Next(2) * 255));
            }

            with.Pio.Write((ushort)(0xcf8 + random.Next(8)), some);
            with.Pio.Read((ushort)(0xcf8 + random.Next(8)), some);
            with.Mmio.Write((ulong)random.NextInt64(), data);
        }

        with.Write(0x04, 0);
        with.Write(0x04, 0, device: 4);
        Assert.Empty(with.Mmio.Ranges);
        Assert.Equal("pci", Assert.Single(with.Pio.Ranges).Name);
    }

    private sealed class MovingFunction : PciFunction
    {
        private readonly Action<PciBar> moved;

        public MovingFunction(Action<PciBar> moved)
            : base(new PciIdentity(1, 2, 3))
        {
            this.moved = moved;
            AddBar(0, PciBarKind.Memory32, 0x1000, new RecordingDevice());
        }

        protected internal override void BarMoved(PciBar bar) => moved(bar);
    }
}
