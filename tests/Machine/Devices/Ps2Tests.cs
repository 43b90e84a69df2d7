using KvmInterop.Machine.Devices;

namespace KvmInterop.Tests.Machine.Devices;

/// <summary>Keyboard and mouse behind the controller, as drivers ask them. The answers are those of QEMU's.</summary>
public class Ps2Tests
{
    private readonly RecordingLine keyboardLine = new();
    private readonly RecordingLine mouseLine = new();
    private readonly I8042 controller;

    public Ps2Tests() => controller = new I8042(keyboardLine, mouseLine, new RecordingControl());

    [Theory]
    [InlineData(new byte[] { 0xee }, new byte[] { 0xee })]
    [InlineData(new byte[] { 0xf2 }, new byte[] { 0xfa, 0xab, 0x83 })]
    [InlineData(new byte[] { 0xff }, new byte[] { 0xfa, 0xaa })]
    [InlineData(new byte[] { 0xed, 0x02 }, new byte[] { 0xfa, 0xfa })]
    [InlineData(new byte[] { 0xf3, 0x20 }, new byte[] { 0xfa, 0xfa })]
    [InlineData(new byte[] { 0xf0, 0x00 }, new byte[] { 0xfa, 0xfa, 0x02 })]
    [InlineData(new byte[] { 0xf0, 0x03, 0xf0, 0x00 }, new byte[] { 0xfa, 0xfa, 0xfa, 0xfa, 0x03 })]
    [InlineData(new byte[] { 0xf0, 0x04 }, new byte[] { 0xfa, 0xfe })]
    [InlineData(new byte[] { 0xf4, 0xf5, 0xf6 }, new byte[] { 0xfa, 0xfa, 0xfa })]
    [InlineData(new byte[] { 0x12 }, new byte[] { 0xfe })]
    public void Keyboard_commands_areAnswered(byte[] commands, byte[] answers) =>
        Assert.Equal(answers, commands.SelectMany(command => Ask(() => Write(command), 0x10)));

    [Theory]
    [InlineData(new byte[] { 0xff }, new byte[] { 0xfa, 0xaa, 0x00 })]
    [InlineData(new byte[] { 0xf2 }, new byte[] { 0xfa, 0x00 })]
    [InlineData(new byte[] { 0xe9 }, new byte[] { 0xfa, 0x00, 0x02, 0x64 })]
    [InlineData(new byte[] { 0xf3, 200, 0xe8, 3, 0xe7, 0xf4, 0xe9 },
        new byte[] { 0xfa, 0xfa, 0xfa, 0xfa, 0xfa, 0xfa, 0xfa, 0x30, 0x03, 200 })]
    [InlineData(new byte[] { 0xe8, 3, 0xf6, 0xe9 }, new byte[] { 0xfa, 0xfa, 0xfa, 0xfa, 0x00, 0x02, 0x64 })]
    [InlineData(new byte[] { 0xeb }, new byte[] { 0xfa, 0x08, 0x00, 0x00 })]
    [InlineData(new byte[] { 0xee, 0x33, 0xe9, 0xec, 0xea }, new byte[] { 0xfa, 0x33, 0xe9, 0xfa, 0xfa })]
    [InlineData(new byte[] { 0xf3, 200, 0xf3, 100, 0xf3, 80, 0xf2, 0xeb },
        new byte[] { 0xfa, 0xfa, 0xfa, 0xfa, 0xfa, 0xfa, 0xfa, 0x03, 0xfa, 0x08, 0x00, 0x00, 0x00 })]
    public void Mouse_commands_areAnswered(byte[] commands, byte[] answers) =>
        Assert.Equal(answers, commands.SelectMany(command => Ask(() => WriteMouse(command), 0x30)));

    [Fact]
    public void Keyboard_translated_answersInSetOne()
    {
        Command(0x60);
        Write(0x40);

        Assert.Equal([0xfa, 0xab, 0x41], Ask(() => Write(0xf2), 0x10));
        Assert.Equal([0xfa], Ask(() => Write(0xf0), 0x10));
        Assert.Equal([0xfa, 0x41], Ask(() => Write(0), 0x10));
    }

    [Fact]
    public void Interrupt_eachByteOfAnAnswer_isAnEdge()
    {
        Command(0x60);
        Write(0x03);
        Write(0xff);
        Assert.Equal([true], keyboardLine.Levels);
        Data();
        Data();
        Assert.Equal([true, false, true, false], keyboardLine.Levels);

        WriteMouse(0xf2);
        Data();
        Data();
        Assert.Equal([true, false, true, false], mouseLine.Levels);
        Assert.Equal(4, keyboardLine.Levels.Count);
    }

    [Fact]
    public void Answer_whileTheKeyboardIsDisabled_waits()
    {
        Write(0xff);
        Command(0xad);
        Assert.Equal(0xfa, Data());
        Assert.Equal(0, Status() & 1);
        Command(0xae);

        Assert.Equal(0xaa, Data());
    }

    [Fact]
    public void Restore_inTheMiddleOfAnswersAndCommands_goesOnTheSame()
    {
        WriteMouse(0xe7);
        Data();
        WriteMouse(0xe8);
        Write(0xff);
        Data();
        I8042 other = new(new RecordingLine(), new RecordingLine(), new RecordingControl());

        other.Restore(controller.Save());

        Assert.Equal(0xfa, other.DataPort.ReadByte(0));
        Assert.Equal(0xaa, other.DataPort.ReadByte(0));
        other.CommandPort.WriteByte(0, 0xd4);
        other.DataPort.WriteByte(0, 1); // The resolution.
        Assert.Equal(0xfa, other.DataPort.ReadByte(0));
        other.CommandPort.WriteByte(0, 0xd4);
        other.DataPort.WriteByte(0, 0xe9);
        Assert.Equal(
            [0xfa, 0x10, 0x01, 0x64], Enumerable.Range(0, 4).Select(_ => other.DataPort.ReadByte(0)));
    }

    private List<byte> Ask(Action ask, byte status)
    {
        ask();
        List<byte> answer = [];
        while ((Status() & 1) != 0)
        {
            Assert.Equal(status | 1, Status());
            answer.Add(Data());
        }

        return answer;
    }

    private void WriteMouse(byte value)
    {
        Command(0xd4);
        Write(value);
    }

    private void Command(byte value) => controller.CommandPort.WriteByte(0, value);

    private void Write(byte value) => controller.DataPort.WriteByte(0, value);

    private byte Status() => controller.CommandPort.ReadByte(0);

    private byte Data() => controller.DataPort.ReadByte(0);
}
