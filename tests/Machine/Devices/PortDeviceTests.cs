using KvmInterop.Machine.Devices;

namespace KvmInterop.Tests.Machine.Devices;

/// <summary>The small ones: debug ports, exits, power.</summary>
public class PortDeviceTests
{
    private readonly RecordingControl control = new();

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 3)]
    [InlineData(0x10, 0x21)]
    [InlineData(0x7f, 0xff)]
    public void DebugExit_anyWidth_endsWithAnOddStatus(byte value, int status)
    {
        DebugExit exit = new(control);
        exit.WriteByte(0, value);
        exit.WriteUInt16(0, value);
        exit.WriteUInt32(0, value);

        MachineEnd expected = new MachineEnd.DebugExit("debug exit", status);
        Assert.Equal([expected, expected, expected], control.Ends);
    }

    [Fact]
    public void DebugExit_largestValue_isOneToo()
    {
        new DebugExit(control).WriteUInt32(0, uint.MaxValue);

        Assert.Equal([new MachineEnd.DebugExit("debug exit", -1)], control.Ends);
    }

    [Fact]
    public void DebugPort_writesArePrinted_readsSayItIsThere()
    {
        RecordingOutput output = new();
        DebugPort port = new(output);
        port.WriteByte(0, (byte)'a');
        port.Write(0, "bc"u8);

        Assert.Equal("abc", output.Text);
        Assert.Equal(0xe9, port.ReadByte(0));
    }

    [Fact]
    public void PostCode_written_isKeptAndSaved()
    {
        PostCodePort port = new();
        port.WriteByte(0, 0x55);
        PostCodePort other = new();
        other.Restore(port.Save());

        Assert.Equal(0x55, other.Last);
        Assert.Equal(0x55, other.ReadByte(0));
    }

    [Theory]
    [InlineData(0x34, typeof(MachineEnd.PowerOff))]
    [InlineData(0x01, typeof(MachineEnd.Reset))]
    [InlineData(0x14, null)]
    [InlineData(0x3c, null)]
    [InlineData(0x80, null)]
    [InlineData(0x00, null)]
    public void SleepControl_value_doesWhatAcpiSays(byte value, Type? expected)
    {
        SleepControl sleep = new(control);
        sleep.WriteByte(0, value);

        Assert.Equal(expected, control.Ends.SingleOrDefault()?.GetType());
        Assert.Equal(0x80, sleep.ReadByte(0));
    }

    [Theory]
    [InlineData(0x06)]
    [InlineData(0x0e)]
    [InlineData(0x04)]
    public void ResetControl_bit2Rises_resets(byte value)
    {
        ResetControl reset = new(control);
        reset.WriteByte(0, 0x02);
        Assert.Empty(control.Ends);

        reset.WriteByte(0, value);
        reset.WriteByte(0, value);

        Assert.Equal([new MachineEnd.Reset("port 0xcf9")], control.Ends);
        Assert.Equal(value, reset.ReadByte(0));
    }

    [Fact]
    public void ResetControl_wideWrite_isNotForIt()
    {
        ResetControl reset = new(control);
        reset.WriteUInt16(0, 0x0e0e);

        Assert.Empty(control.Ends);
        Assert.Equal(0, reset.ReadByte(0));
        Assert.Equal(0xffff, reset.ReadUInt16(0));
    }

    [Fact]
    public void ResetControl_restored_needsARiseStill()
    {
        ResetControl reset = new(control);
        reset.WriteByte(0, 0x06);
        control.Ends.Clear();
        ResetControl other = new(control);
        other.Restore(reset.Save());

        other.WriteByte(0, 0x06);

        Assert.Empty(control.Ends);
    }

    [Theory]
    [InlineData(0x2000)] // What QEMU's machines have, by heart.
    [InlineData(0x3400)] // What the DSDT says.
    public void Pm1Control_softOff_switchesOff(ushort value)
    {
        Pm1Control pm1 = new(control);
        Assert.Equal(1, pm1.ReadUInt16(0));
        pm1.WriteUInt16(0, value);

        Assert.Equal([new MachineEnd.PowerOff("ACPI PM1 control")], control.Ends);
    }

    [Theory]
    [InlineData(0x0001)]
    [InlineData(0x1400)]
    [InlineData(0x2400)] // Type 1.
    public void Pm1Control_otherValues_doNothing(ushort value)
    {
        new Pm1Control(control).WriteUInt16(0, value);

        Assert.Empty(control.Ends);
    }

    [Fact]
    public void SystemControl_resetBitRises_resetsOnce()
    {
        SystemControlPort port = new(control);
        Assert.Equal(2, port.ReadByte(0));
        port.WriteByte(0, 0);
        Assert.Equal(0, port.ReadByte(0));
        Assert.Empty(control.Ends);
        port.WriteByte(0, 3);
        SystemControlPort other = new(control);
        other.Restore(port.Save());
        other.WriteByte(0, 1);

        Assert.Equal([new MachineEnd.Reset("port 0x92")], control.Ends);
    }
}
