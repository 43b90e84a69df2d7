using System.Text;
using KvmInterop.Machine.Devices;

namespace KvmInterop.Tests.Machine.Devices;

/// <summary>What reaches the guest: input with flow control, breaks, loop-back, and all of it saved.</summary>
public class Serial16550InputTests
{
    private const ulong Data = 0;
    private const ulong Ier = 1;
    private const ulong Iir = 2;
    private const ulong Fcr = 2;
    private const ulong Lcr = 3;
    private const ulong Mcr = 4;
    private const ulong Lsr = 5;
    private const ulong Msr = 6;

    private readonly RecordingLine line = new();
    private readonly RecordingOutput output = new();
    private readonly Serial16550 serial;

    public Serial16550InputTests() => serial = new Serial16550(line, output, backlog: 8);

    [Fact]
    public void Receive_moreThanFits_takesWhatFitsAndTellsOfRoom()
    {
        int told = 0;
        serial.RoomAvailable += () => told++;
        serial.WriteByte(Fcr, 0x01);

        Assert.Equal(24, serial.Receive(new byte[100]));
        Assert.Equal(0, serial.Receive(new byte[1]));
        Assert.Equal(0, told);
        serial.ReadByte(Data);
        Assert.Equal(1, told);
        serial.ReadByte(Data);
        Assert.Equal(1, told);
        Assert.Equal(2, serial.Receive(new byte[100]));
    }

    [Fact]
    public void Receive_otherThreadTookTheRoom_tellsStill()
    {
        int told = 0;
        serial.Receive(new byte[100]);
        serial.RoomAvailable += () => told++;

        // Reads a character that refills from what waits, and the room goes to one who asks right then.
        serial.RoomAvailable += () => serial.Receive("y"u8);
        serial.ReadByte(Data);
        Assert.Equal(1, told);
        serial.Receive("z"u8);
        serial.ReadByte(Data);

        Assert.Equal(2, told);
    }

    [Fact]
    public void Receive_fromAnotherThread_arrivesInOrderAndWhole()
    {
        byte[] sent = new byte[5_000];
        new Random(1).NextBytes(sent);
        using SemaphoreSlim room = new(0);
        serial.RoomAvailable += () => room.Release();
        serial.WriteByte(Fcr, 0x01);
        Thread host = new(() =>
        {
            ReadOnlySpan<byte> rest = sent;
            while (!rest.IsEmpty)
            {
                rest = rest[serial.Receive(rest[..Math.Min(7, rest.Length)])..];
                if (!rest.IsEmpty && serial.Receive(rest[..1]) == 0)
                {
                    room.Wait();
                }
                else if (!rest.IsEmpty)
                {
                    rest = rest[1..];
                }
            }
        });
        host.Start();

        byte[] got = new byte[sent.Length];
        for (int i = 0; i < got.Length;)
        {
            if ((serial.ReadByte(Lsr) & 0x01) != 0)
            {
                got[i++] = serial.ReadByte(Data);
            }
            else
            {
                Thread.Yield();
            }
        }

        host.Join();
        Assert.Equal(sent, got);
    }

    [Fact]
    public void Break_atTheTop_isShownOnceWithAZeroCharacter()
    {
        serial.WriteByte(Fcr, 0x01);
        serial.WriteByte(Ier, 0x05);
        serial.Receive("a"u8);
        Assert.True(serial.ReceiveBreak());

        Assert.Equal(0xe1, serial.ReadByte(Lsr));
        Assert.Equal((byte)'a', serial.ReadByte(Data));
        Assert.Equal(0xc6, serial.ReadByte(Iir));
        Assert.Equal(0xf1, serial.ReadByte(Lsr));
        Assert.Equal(0x61, serial.ReadByte(Lsr));
        Assert.Equal(0, serial.ReadByte(Data));
        Assert.Equal(0x60, serial.ReadByte(Lsr));
        Assert.False(line.IsHigh);
    }

    [Fact]
    public void Break_receiverFullOrLooped_isNotTaken()
    {
        serial.Receive("a"u8);
        Assert.False(serial.ReceiveBreak());
        serial.ReadByte(Data);
        serial.WriteByte(Mcr, 0x10);
        Assert.False(serial.ReceiveBreak());
    }

    [Fact]
    public void Loop_characters_comeBackAndAreNotSent()
    {
        serial.WriteByte(Fcr, 0x01);
        serial.WriteByte(Mcr, 0x10);
        serial.WriteByte(Data, (byte)'a');
        serial.WriteByte(Data, (byte)'b');

        Assert.Equal((byte)'a', serial.ReadByte(Data));
        Assert.Equal((byte)'b', serial.ReadByte(Data));
        Assert.Equal("", output.Text);
    }

    [Fact]
    public void Loop_hostInput_waitsUntilTheLoopIsOff()
    {
        serial.WriteByte(Mcr, 0x10);
        serial.Receive("a"u8);
        Assert.Equal(0x60, serial.ReadByte(Lsr));

        serial.WriteByte(Mcr, 0x00);

        Assert.Equal((byte)'a', serial.ReadByte(Data));
    }

    [Theory]
    [InlineData(0x11, 0x20)]
    [InlineData(0x12, 0x10)]
    [InlineData(0x14, 0x40)]
    [InlineData(0x18, 0x80)]
    [InlineData(0x1f, 0xf0)]
    public void Loop_modemOutputs_areTheInputs(byte control, byte lines)
    {
        serial.WriteByte(Mcr, control);

        Assert.Equal(lines, serial.ReadByte(Msr) & 0xf0);
    }

    [Fact]
    public void Loop_linesChange_setsChangesAndInterruptsUntilRead()
    {
        serial.WriteByte(Mcr, 0x10);
        serial.ReadByte(Msr);
        serial.WriteByte(Ier, 0x08);
        Assert.Empty(line.Levels);

        serial.WriteByte(Mcr, 0x12);

        Assert.Equal(0x00, serial.ReadByte(Iir));
        Assert.Equal(0x11, serial.ReadByte(Msr));
        Assert.Equal(0x10, serial.ReadByte(Msr));
        Assert.Equal([true, false], line.Levels);
    }

    [Fact]
    public void Loop_ring_countsOnlyItsEnd()
    {
        serial.WriteByte(Mcr, 0x10);
        serial.ReadByte(Msr);

        serial.WriteByte(Mcr, 0x14);
        Assert.Equal(0x40, serial.ReadByte(Msr));
        serial.WriteByte(Mcr, 0x10);
        Assert.Equal(0x04, serial.ReadByte(Msr));
    }

    [Fact]
    public void Overrun_withoutFifos_overwritesAndInterrupts()
    {
        serial.WriteByte(Mcr, 0x10);
        serial.WriteByte(Ier, 0x04);
        serial.WriteByte(Data, (byte)'a');
        Assert.Empty(line.Levels);

        serial.WriteByte(Data, (byte)'b');

        Assert.Equal(0x06, serial.ReadByte(Iir));
        Assert.Equal(0x63, serial.ReadByte(Lsr));
        Assert.Equal(0x61, serial.ReadByte(Lsr));
        Assert.Equal([true, false], line.Levels);
        Assert.Equal((byte)'b', serial.ReadByte(Data));
    }

    [Fact]
    public void Overrun_withFifos_keepsTheSixteenAndLosesTheNewest()
    {
        serial.WriteByte(Fcr, 0x01);
        serial.WriteByte(Mcr, 0x10);
        foreach (byte character in "0123456789abcdefX"u8)
        {
            serial.WriteByte(Data, character);
        }

        Assert.Equal(0x63, serial.ReadByte(Lsr));
        StringBuilder got = new();
        while ((serial.ReadByte(Lsr) & 0x01) != 0)
        {
            got.Append((char)serial.ReadByte(Data));
        }

        Assert.Equal("0123456789abcdef", got.ToString());
    }

    [Fact]
    public void Restore_savedInTheMiddle_goesOnTheSame()
    {
        serial.WriteByte(Lcr, 0x80);
        serial.WriteByte(Data, 0x0c);
        serial.WriteByte(Lcr, 0x03);
        serial.WriteByte(Fcr, 0xc1);
        serial.WriteByte(Ier, 0x07);
        serial.Receive("abc"u8);
        serial.ReceiveBreak();
        serial.Receive("0123456789abcdef"u8);
        RecordingLine otherLine = new();
        Serial16550 other = new(otherLine, output, backlog: 8);

        other.Restore(serial.Save());

        Assert.Equal([true], otherLine.Levels);
        Assert.Equal(serial.Save(), other.Save());
        for (int i = 0; i < 30; i++)
        {
            foreach (ulong register in (ulong[])[Ier, Iir, Lcr, Mcr, Lsr, Msr, Data])
            {
                Assert.Equal(serial.ReadByte(register), other.ReadByte(register));
            }
        }

        Assert.Equal(line.IsHigh, otherLine.IsHigh);
    }

    [Fact]
    public void Restore_transmitterInterruptWaited_comesThere()
    {
        // Firecracker's console stood still after a restore: the driver waited for an interrupt that was gone.
        serial.WriteByte(Ier, 0x02);
        serial.ReadByte(Iir);
        serial.WriteByte(Data, (byte)'x');
        RecordingLine otherLine = new();
        Serial16550 other = new(otherLine, output, backlog: 8);

        other.Restore(serial.Save());

        Assert.Equal([true], otherLine.Levels);
        Assert.Equal(0x02, other.ReadByte(Iir));
    }

    [Fact]
    public void Restore_nothingWaits_lowersTheLine()
    {
        byte[] quiet = serial.Save();
        serial.WriteByte(Ier, 0x02);
        Assert.True(line.IsHigh);

        serial.Restore(quiet);

        Assert.False(line.IsHigh);
    }

    [Fact]
    public void Restore_everyShortenedOrChangedState_isRefusedOrKeepsTheDeviceSound()
    {
        serial.WriteByte(Fcr, 0xc1);
        serial.Receive("0123456789abcdefXYZ"u8);
        byte[] state = serial.Save();
        Serial16550 other = new(new RecordingLine(), output, backlog: 8);
        for (int length = 0; length < state.Length; length++)
        {
            Assert.Throws<StateException>(() => other.Restore(state.AsSpan(0, length)));
        }

        Assert.Throws<StateException>(() => other.Restore([.. state, 0]));
        Random random = new(1);
        for (int i = 0; i < 5_000; i++)
        {
            byte[] changed = [.. state];
            changed[random.Next(changed.Length)] = (byte)random.Next(256);
            try
            {
                other.Restore(changed);
            }
            catch (StateException)
            {
                continue;
            }

            for (ulong register = 0; register < 8; register++)
            {
                other.ReadByte(register);
                other.WriteByte(register, (byte)i);
            }
        }
    }

    [Fact]
    public void Restore_ofAnotherDevice_saysWhose()
    {
        DeviceStateWriter state = new("keyboard", 1);

        Exception e = Assert.Throws<StateException>(() => serial.Restore(state.ToArray()));

        Assert.Equal("the saved state is of a device 'keyboard' and not of 'serial-16550'", e.Message);
    }

    [Fact]
    public void Restore_ofANewerVersion_saysSo()
    {
        DeviceStateWriter state = new("serial-16550", 9);

        Exception e = Assert.Throws<StateException>(() => serial.Restore(state.ToArray()));

        Assert.Contains("has version 9, and this library reads version 1", e.Message);
    }
}
