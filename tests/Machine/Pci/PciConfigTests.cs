using KvmInterop.Machine.Devices;
using KvmInterop.Machine.Pci;
using KvmInterop.Tests.Machine.Devices;

namespace KvmInterop.Tests.Machine.Pci;

/// <summary>Configuration spaces, by ports and in memory.</summary>
public class PciConfigTests
{
    private readonly PciMachine machine = new(PciMachine.Sample());

    [Fact]
    public void Identity_isInTheHeader()
    {
        Assert.Equal(0x1042_1af4u, machine.Read(0x00));
        Assert.Equal(0x01_8000_01u, machine.Read(0x08));
        Assert.Equal(0x1100_1af4u, machine.Read(0x2c));
        Assert.Equal(0x1237_8086u, machine.Read(0x00, device: 0));
        Assert.Equal(0x06_0000_02u, machine.Read(0x08, device: 0));
    }

    [Fact]
    public void Function_absent_readsAsOnesAndDropsWrites()
    {
        machine.Write(0x04, 7, device: 9);

        Assert.Equal(uint.MaxValue, machine.Read(0x00, device: 9));
        machine.Pio.Write(0xcf8, BitConverter.GetBytes(0x8001_1800));
        Assert.Equal(0xff, machine.ReadPort(0xcfc));
        machine.Pio.Write(0xcf8, BitConverter.GetBytes(0x0000_1800));
        Assert.Equal(0xff, machine.ReadPort(0xcfc));
    }

    [Fact]
    public void Data_narrow_isTheBytesOfTheRegister()
    {
        machine.Select(0x00);

        Assert.Equal(0xf4, machine.ReadPort(0xcfc));
        Assert.Equal(0x10, machine.ReadPort(0xcff));
        Span<byte> data = stackalloc byte[2];
        machine.Pio.Read(0xcfe, data);
        Assert.Equal([0x42, 0x10], data.ToArray());
        machine.Select(0x3c);
        machine.Pio.Write(0xcfc, [0x0b]);
        Assert.Equal(0x0000_010bu, machine.Read(0x3c));
    }

    [Fact]
    public void Data_beyondTheLastPort_isCut()
    {
        machine.Select(0x00);
        Span<byte> data = stackalloc byte[4];
        machine.Pio.Read(0xcfe, data);

        Assert.Equal([0x42, 0x10, 0xff, 0xff], data.ToArray());
        machine.Select(0xfc);
        machine.Pio.Write(0xcff, [1, 2, 3, 4]);
    }

    [Fact]
    public void Address_only4BytesAtItsPort_areTaken()
    {
        machine.Select(0x3c);
        machine.Pio.Write(0xcf8, [0x00]);
        machine.Pio.Write(0xcf8, [0x00, 0x00]);
        machine.Pio.Write(0xcf9, [0x00]);
        machine.Pio.Write(0xcfa, [0xff, 0xff, 0xff, 0xff]);
        Span<byte> data = stackalloc byte[4];
        machine.Pio.Read(0xcf8, data);

        Assert.Equal(0x8000_183cu, BitConverter.ToUInt32(data));
        Assert.Equal(0xff, machine.ReadPort(0xcf8));
        machine.Pio.Write(0xcf8, [0xff, 0xff, 0xff, 0xff]);
        machine.Pio.Read(0xcf8, data);
        Assert.Equal(0x80ff_fffcu, BitConverter.ToUInt32(data));
    }

    [Fact]
    public void Reset_oneByteAtItsPort_reachesIt_andTheAddressDoesNot()
    {
        RecordingControl control = new();
        PciConfigPorts ports = new(machine.Bus, new ResetControl(control));
        ports.WriteUInt32(0, 0x8000_0600);
        ports.WriteUInt32(1, 0x0606_0606);
        ports.WriteUInt16(1, 0x0606);
        Assert.Empty(control.Ends);

        ports.WriteByte(1, 0x06);

        Assert.Equal([new MachineEnd.Reset("port 0xcf9")], control.Ends);
        Assert.Equal(0x06, ports.ReadByte(1));
    }

    [Fact]
    public void ReadOnlyRegisters_written_stay()
    {
        byte[] before = machine.Bus.Find(PciMachine.Device)!.Config.Values.ToArray();
        foreach (int register in (int[])[0x00, 0x08, 0x0c, 0x18, 0x1c, 0x24, 0x28, 0x2c, 0x30, 0x34, 0x38])
        {
            machine.Write(register, 0xa5a5_a5a5);
            machine.Write(register, uint.MaxValue);
            machine.Write(register, 0);
        }

        machine.Write(0x3c, 0xffff_ff07);
        Assert.Equal(before, machine.Bus.Find(PciMachine.Device)!.Config.Values.ToArray());
    }

    [Fact]
    public void Command_unusedBits_stayZero()
    {
        machine.Write(0x04, uint.MaxValue);

        Assert.Equal(0x0547u, machine.Read(0x04) & 0xffff);
    }

    [Fact]
    public void Interrupt_wanted_isInTheStatusAndOnTheLineOfPinAndDevice()
    {
        PciFunction function = machine.Bus.Find(PciMachine.Device)!;
        Assert.Equal(0x0000_0107u, machine.Read(0x3c));
        function.SetInterrupt(true);

        Assert.True(machine.Lines[3].IsHigh);
        Assert.Equal(0x0008_0000u, machine.Read(0x04) & 0x0008_0000);
        machine.Write(0x04, 0x0400);
        Assert.False(machine.Lines[3].IsHigh);
        Assert.Equal(0x0008_0000u, machine.Read(0x04) & 0x0008_0000);
        machine.Write(0x04, 0);
        Assert.True(machine.Lines[3].IsHigh);
        function.SetInterrupt(false);
        Assert.False(machine.Lines[3].IsHigh);
        Assert.Equal(0u, machine.Read(0x04) & 0x0008_0000);
    }

    [Fact]
    public void Interrupt_shared_isHighWhileOneWantsIt()
    {
        PciFunction other = PciMachine.Sample();
        machine.Bus.Add(7, other);
        machine.Bus.Find(PciMachine.Device)!.SetInterrupt(true);
        other.SetInterrupt(true);
        other.SetInterrupt(false);

        Assert.True(machine.Lines[3].IsHigh);
        machine.Bus.Find(PciMachine.Device)!.SetInterrupt(false);
        Assert.False(machine.Lines[3].IsHigh);
    }

    [Fact]
    public void Capabilities_added_areAList()
    {
        PciFunction function = PciMachine.Sample();
        int first = function.AddCapability(0x09, [0x10, 1, 2, 3]);
        int second = function.AddCapability(0x05, [0x11]);
        function.Config.AllowUInt16(first + 4, 0x00ff);
        PciMachine with = new(function);

        Assert.Equal(0x0010_0000u, with.Read(0x04));
        Assert.Equal(0x40u, with.Read(0x34));
        Assert.Equal(0x0110_4809u, with.Read(first));
        Assert.Equal(0x48, second);
        Assert.Equal(0x0011_0005u, with.Read(second));
        with.Write(first, uint.MaxValue);
        with.Write(first + 4, uint.MaxValue);
        Assert.Equal(0x0110_4809u, with.Read(first));
        Assert.Equal(0x0000_03ffu, with.Read(first + 4));
    }

    [Fact]
    public void Capabilities_tooMany_areRefused()
    {
        PciFunction function = PciMachine.Sample();
        function.AddCapability(0x09, new byte[180]);

        Exception e = Assert.Throws<InvalidOperationException>(() => function.AddCapability(0x09, new byte[20]));

        Assert.Equal("the configuration space has room for 8 more bytes, and the capability has 22", e.Message);
    }

    [Fact]
    public void Functions_several_areMarkedInTheFirst()
    {
        Assert.Equal(0u, machine.Read(0x0c) & 0x0080_0000);

        machine.Bus.Add(PciMachine.Device, PciMachine.Sample(), number: 2);

        Assert.Equal(0x0080_0000u, machine.Read(0x0c) & 0x0080_0000);
        Assert.Throws<InvalidOperationException>(
            () => machine.Bus.Add(PciMachine.Device, PciMachine.Sample(), number: 2));
        Assert.Throws<InvalidOperationException>(
            () => machine.Bus.Find(PciMachine.Device)!.AddCapability(0x09, []));
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(32, 0)]
    [InlineData(0, -1)]
    [InlineData(0, 8)]
    public void Place_thatNoBusHas_isRefused(int device, int number)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => machine.Bus.Find(device, number));
        Assert.Throws<ArgumentOutOfRangeException>(() => machine.Bus.Add(device, PciMachine.Sample(), number));
    }

    [Fact]
    public void Ecam_registers_areTheSameOnes()
    {
        PciEcam memory = new(machine.Bus);
        ulong at = PciMachine.Device << 15;

        Assert.Equal(0x1042_1af4u, memory.ReadUInt32(at));
        memory.WriteByte(at + 0x3c, 0x77);
        Assert.Equal(0x0177u, machine.Read(0x3c));
        Assert.Equal(0u, memory.ReadUInt32(at + 0x100));
        Assert.Equal(uint.MaxValue, memory.ReadUInt32(at + 0x1100));
        Assert.Equal(uint.MaxValue, memory.ReadUInt32(at + 0x1000));
        Span<byte> eight = stackalloc byte[8];
        memory.Read(at, eight);
        Assert.Equal([0xf4, 0x1a, 0x42, 0x10, 0, 0, 0, 0], eight.ToArray());
    }

    [Fact]
    public void Restore_saved_isTheSameMachine()
    {
        machine.Write(0x10, 0xc000);
        machine.Write(0x20, 0x8000_0000);
        machine.Write(0x04, 0x0003);
        machine.Write(0x3c, 0x09);
        machine.Bus.Find(PciMachine.Device)!.SetInterrupt(true);
        PciMachine other = new(PciMachine.Sample());

        other.Bus.Restore(machine.Bus.Save());

        Assert.Equal(machine.Bus.Save(), other.Bus.Save());
        Assert.Equal(0x10, other.ReadPort(0xc000));
        Assert.Equal(0x80, other.ReadMemory(0x8000_0000));
        Assert.True(other.Lines[3].IsHigh);
    }

    [Fact]
    public void Restore_ofAnotherMachine_isRefused()
    {
        PciMachine other = new(new PciFunction(new PciIdentity(0x1af4, 0x1041, 0x02_0000)));
        Exception e = Assert.Throws<StateException>(() => other.Bus.Restore(machine.Bus.Save()));
        Assert.Contains("a function is another one than this machine has", e.Message);

        PciMachine larger = new(PciMachine.Sample());
        larger.Bus.Add(5, PciMachine.Sample());
        e = Assert.Throws<StateException>(() => machine.Bus.Restore(larger.Bus.Save()));
        Assert.Contains("its functions are not those of this machine", e.Message);
        Assert.Throws<StateException>(() => larger.Bus.Restore(machine.Bus.Save()));
    }
}
