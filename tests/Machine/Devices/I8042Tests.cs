using KvmInterop.Machine.Devices;

namespace KvmInterop.Tests.Machine.Devices;

/// <summary>What drivers and firmware do with a keyboard controller.</summary>
public class I8042Tests
{
    private const byte OutputFull = 0x01;

    private readonly RecordingLine line = new();
    private readonly RecordingLine mouseLine = new();
    private readonly RecordingControl control = new();
    private readonly I8042 controller;

    public I8042Tests() => controller = new I8042(line, mouseLine, control);

    [Fact]
    public void SelfTest_command_passesAndSetsTheSystemFlag()
    {
        Assert.Equal(0x10, Status());
        Command(0xaa);

        Assert.Equal(0x1d, Status());
        Assert.Equal(0x55, Data());
        Assert.Equal(0x1c, Status());
    }

    [Fact]
    public void CommandByte_written_readsBack()
    {
        Command(0x60);
        Write(0x47);
        Command(0x20);

        Assert.Equal(0x47, Data());
    }

    [Fact]
    public void Memory_written_readsBackAtEachPlace()
    {
        for (byte place = 1; place < 32; place++)
        {
            Command((byte)(0x60 + place));
            Write(place);
        }

        for (byte place = 1; place < 32; place++)
        {
            Command((byte)(0x20 + place));
            Assert.Equal(place, Data());
        }
    }

    [Theory]
    [InlineData(0xae, 0x20)]
    [InlineData(0xad, 0x30)]
    [InlineData(0xa8, 0x10)]
    [InlineData(0xa7, 0x30)]
    public void Device_disabledAndEnabled_showsInTheCommandByte(byte command, byte expected)
    {
        Command(command);
        Command(0x20);

        Assert.Equal(expected, Data());
    }

    [Fact]
    public void MouseOutput_written_isReadAsTheMouses()
    {
        // i8042_check_aux of Linux: the loop must come back with status bit 5.
        Command(0x60);
        Write(0x03);
        Command(0xd3);
        Write(0x5a);

        Assert.Equal(0x31, Status());
        Assert.True(mouseLine.IsHigh);
        Assert.False(line.IsHigh);
        Assert.Equal(0x5a, Data());
        Assert.Equal(0x10, Status());
        Assert.False(mouseLine.IsHigh);
    }

    [Fact]
    public void KeyboardOutput_written_isRead()
    {
        Command(0xd2);
        Write(0x3c);

        Assert.Equal(0x3c, Data());
    }

    [Fact]
    public void Interrupt_enabled_isHighUntilTheDataIsRead()
    {
        Command(0x60);
        Write(0x01);
        Assert.Empty(line.Levels);

        Command(0xaa);
        Assert.Equal([true], line.Levels);
        Data();

        Assert.Equal([true, false], line.Levels);
    }

    [Fact]
    public void Interrupt_enabledWhileDataWaits_comes()
    {
        Command(0xaa);
        Command(0x60);
        Write(0x01);

        Assert.Equal([true], line.Levels);
    }

    [Theory]
    [InlineData(0xfe)]
    [InlineData(0xf0)]
    public void Pulse_resetLine_resets(byte command)
    {
        Command(command);

        Assert.Equal([new MachineEnd.Reset("i8042")], control.Ends);
    }

    [Theory]
    [InlineData(0xff)]
    [InlineData(0xfd)]
    public void Pulse_otherLines_doNotReset(byte command)
    {
        Command(command);

        Assert.Empty(control.Ends);
    }

    [Fact]
    public void OutputPort_gateA20_readsBack()
    {
        Command(0xd0);
        Assert.Equal(0xcf, Data());
        Command(0xd1);
        Write(0x01);
        Command(0xd0);

        Assert.Equal(0x01, Data());
        Assert.Empty(control.Ends);
    }

    [Fact]
    public void OutputPort_resetBitCleared_resets()
    {
        Command(0xd1);
        Write(0x02);

        Assert.Equal([new MachineEnd.Reset("i8042")], control.Ends);
    }

    [Fact]
    public void Command_newOne_forgetsTheOneThatWaited()
    {
        Command(0x60);
        Command(0xab);
        Assert.Equal(0x00, Data());
        Write(0x01); // The keyboard's, which does not know it.
        Assert.Equal(0xfe, Data());
        Command(0x20);

        Assert.Equal(0x20, Data());
    }

    [Fact]
    public void Restore_saved_goesOnTheSame()
    {
        Command(0x60);
        Write(0x01);
        Command(0xaa);
        Command(0x65);
        RecordingLine otherLine = new();
        I8042 other = new(otherLine, new RecordingLine(), control);

        other.Restore(controller.Save());

        Assert.Equal([true], otherLine.Levels);
        other.DataPort.WriteByte(0, 0x77);
        other.CommandPort.WriteByte(0, 0x25);
        Assert.Equal(0x77, other.DataPort.ReadByte(0));
        Assert.False(otherLine.IsHigh);
    }

    [Fact]
    public void Access_anyCommandsAndBytes_neverFailsNorKeepsTheLineWrong()
    {
        Random random = new(1);
        for (int i = 0; i < 100_000; i++)
        {
            switch (random.Next(4))
            {
                case 0:
                    Command((byte)random.Next(256));
                    break;
                case 1:
                    Write((byte)random.Next(256));
                    break;
                case 2:
                    Data();
                    break;
                default:
                    Assert.Equal(0, Status() & 0xc2);
                    break;
            }

            Assert.True(!(line.IsHigh || mouseLine.IsHigh) || (Status() & OutputFull) != 0);
            line.Forget();
        }
    }

    private void Command(byte value) => controller.CommandPort.WriteByte(0, value);

    private void Write(byte value) => controller.DataPort.WriteByte(0, value);

    private byte Status() => controller.CommandPort.ReadByte(0);

    private byte Data() => controller.DataPort.ReadByte(0);
}
