using KvmInterop.Machine.Devices;

namespace KvmInterop.Tests.Machine.Devices;

/// <summary>A PL011 by its technical reference manual (DDI 0183G).</summary>
public class Pl011Tests
{
    private const ulong Data = 0x00;
    private const ulong Flag = 0x18;
    private const ulong LineControl = 0x2c;
    private const ulong Control = 0x30;
    private const ulong FifoLevel = 0x34;
    private const ulong Mask = 0x38;
    private const ulong Raw = 0x3c;
    private const ulong Masked = 0x40;
    private const ulong Clear = 0x44;
    private const uint Received = 1 << 4;
    private const uint Transmitted = 1 << 5;
    private const uint ReceiveTimeout = 1 << 6;
    private const uint Fifos = 1 << 4;
    private const uint Loop = 1 << 7;
    private const uint Empty = 1 << 4;

    private readonly RecordingLine line = new();
    private readonly RecordingOutput output = new();
    private readonly Pl011 uart;

    public Pl011Tests() => uart = new Pl011(line, output, backlog: 32);

    [Fact]
    public void Reset_hasTheValuesOfTheManual()
    {
        Assert.Equal(0x300u, uart.ReadUInt32(Control));
        Assert.Equal(0x12u, uart.ReadUInt32(FifoLevel));
        Assert.Equal(0x97u, uart.ReadUInt32(Flag)); // TXFE, RXFE, and a modem that is ready.
        Assert.Equal(
            [0x11u, 0x10u, 0x14u, 0x00u, 0x0du, 0xf0u, 0x05u, 0xb1u],
            Enumerable.Range(0, 8).Select(i => uart.ReadUInt32(0xfe0 + (4 * (ulong)i))));
        Assert.Empty(line.Levels);
    }

    [Fact]
    public void Data_written_isSentWhateverItsWidth()
    {
        uart.WriteUInt32(Data, 'a');
        uart.WriteUInt16(Data, 'b');
        uart.WriteByte(Data, (byte)'c');
        uart.WriteByte(Data + 1, (byte)'d'); // Not of the data.

        Assert.Equal("abc", output.Text);
    }

    [Fact]
    public void Transmit_enabled_interruptsAfterEachCharacterUntilCleared()
    {
        uart.WriteUInt32(Mask, Transmitted);
        Assert.False(line.IsHigh); // A FIFO that was never filled passes no level.
        uart.WriteUInt32(Data, 'a');
        Assert.True(line.IsHigh);
        Assert.Equal(Transmitted, uart.ReadUInt32(Masked));
        uart.WriteUInt32(Clear, Transmitted);
        Assert.False(line.IsHigh);
        uart.WriteUInt32(Data, 'b');
        uart.WriteUInt32(Mask, 0);

        Assert.Equal([true, false, true, false], line.Levels);
        Assert.Equal(Transmitted, uart.ReadUInt32(Raw));
    }

    [Fact]
    public void Receive_ofOneCharacter_timesOutWithoutReachingTheLevel()
    {
        uart.WriteUInt32(LineControl, Fifos);
        uart.WriteUInt32(Mask, Received | ReceiveTimeout);

        Assert.Equal(1, uart.Receive("x"u8));

        Assert.Equal(ReceiveTimeout, uart.ReadUInt32(Masked));
        Assert.True(line.IsHigh);
        Assert.Equal('x', (char)uart.ReadUInt32(Data));
        Assert.False(line.IsHigh);
        Assert.Equal(Empty, uart.ReadUInt32(Flag) & Empty);
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 4)]
    [InlineData(2, 8)]
    [InlineData(3, 12)]
    [InlineData(4, 14)]
    public void Receive_upToTheLevel_interrupts(uint select, int characters)
    {
        uart.WriteUInt32(LineControl, Fifos);
        uart.WriteUInt32(FifoLevel, select << 3);

        uart.Receive(new byte[characters - 1]);
        uint before = uart.ReadUInt32(Raw) & Received;
        uart.Receive(new byte[1]);
        uint at = uart.ReadUInt32(Raw) & Received;
        uart.ReadUInt32(Data);

        Assert.Equal((0u, Received), (before, at));
        Assert.Equal(0u, uart.ReadUInt32(Raw) & Received);
    }

    [Fact]
    public void Receive_ofMoreThanThereIsRoom_keepsTheOrderAndTellsOfRoom()
    {
        byte[] all = [.. Enumerable.Range(0, 60).Select(i => (byte)i)];
        int told = 0;
        uart.RoomAvailable += () => told++;
        uart.WriteUInt32(LineControl, Fifos);

        int taken = uart.Receive(all);
        Assert.Equal(16 + 32, taken);
        Assert.Equal(0x40u, uart.ReadUInt32(Flag) & 0x40); // RXFF
        List<byte> read = [];
        while ((uart.ReadUInt32(Flag) & Empty) == 0)
        {
            read.Add((byte)uart.ReadUInt32(Data));
            taken += uart.Receive(all.AsSpan(taken));
        }

        Assert.Equal(all, read);
        Assert.True(told > 0);
    }

    [Fact]
    public void Loop_sendsToItselfAndLosesWhatDoesNotFit()
    {
        uart.WriteUInt32(LineControl, Fifos);
        uart.WriteUInt32(Control, Loop | 1 << 11);
        Assert.Equal(1, uart.Receive("h"u8));

        for (int i = 0; i < 17; i++)
        {
            uart.WriteUInt32(Data, (uint)('a' + i));
        }

        Assert.Equal("", output.Text);
        Assert.Equal(1u << 10, uart.ReadUInt32(Raw) & 1 << 10);
        Assert.Equal(1u, uart.ReadUInt32(Flag) & 7); // RTS comes back as CTS, and DTR is not set.
        Assert.Equal((uint)'a' | 1 << 11, uart.ReadUInt32(Data));
        uart.WriteUInt32(0x04, 0);
        Assert.Equal('b', (char)uart.ReadUInt32(Data));
        uart.WriteUInt32(Control, 0x301);
        uint last = 0;
        while ((uart.ReadUInt32(Flag) & Empty) == 0)
        {
            last = uart.ReadUInt32(Data);
        }

        Assert.Equal('h', (char)last);
    }

    [Fact]
    public void Break_comesWithItsErrorAndInterrupt()
    {
        uart.WriteUInt32(LineControl, Fifos);
        uart.WriteUInt32(Mask, 1 << 9);

        Assert.True(uart.ReceiveBreak());

        Assert.True(line.IsHigh);
        Assert.Equal(1u << 10, uart.ReadUInt32(Data));
        Assert.Equal(1u << 2, uart.ReadUInt32(0x04));
    }

    [Fact]
    public void State_restored_isTheSameStateAndLine()
    {
        uart.WriteUInt32(LineControl, Fifos | 0x60);
        uart.WriteUInt32(Control, 0x301);
        uart.WriteUInt32(0x24, 13);
        uart.WriteUInt32(Mask, ReceiveTimeout);
        uart.Receive(new byte[20]);
        byte[] state = uart.Save();
        RecordingLine otherLine = new();
        Pl011 other = new(otherLine, output, backlog: 32);

        other.Restore(state);

        Assert.Equal(state, other.Save());
        Assert.True(otherLine.IsHigh);
        Pl011 small = new(new RecordingLine(), output, backlog: 1);
        Assert.Throws<StateException>(() => small.Restore(state));
    }

    [Fact]
    public void Restore_ofAnyBytes_isDoneOrRefused()
    {
        uart.WriteUInt32(LineControl, Fifos);
        uart.Receive(new byte[20]);
        byte[] state = uart.Save();
        Random random = new(4716);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] forged = [.. state];
            forged[random.Next(forged.Length)] ^= (byte)(1 << random.Next(8));
            forged = random.Next(8) == 0 ? forged[..random.Next(forged.Length)] : forged;

            Exception? e = Record.Exception(() => uart.Restore(forged));

            Assert.True(e is null or StateException, $"{e}");
            Access(random, 4);
        }
    }

    [Fact]
    public void Accesses_atRandom_doNoHarm()
    {
        Access(new Random(4717), 200_000);
        uart.WriteUInt32(Control, 0x301);
        int before = output.Text.Length;
        uart.WriteUInt32(Data, 'z');

        Assert.Equal(before + 1, output.Text.Length);
    }

    private void Access(Random random, int times)
    {
        Span<byte> data = stackalloc byte[8];
        for (; times > 0; times--)
        {
            int length = 1 << random.Next(4);
            ulong offset = (ulong)random.Next(random.Next(2) == 0 ? 0x50 : (int)Pl011.Size - 8);
            random.NextBytes(data);
            switch (random.Next(4))
            {
                case 0:
                    uart.Read(offset, data[..length]);
                    break;
                case 1:
                    uart.Receive(data[..length]);
                    break;
                default:
                    uart.Write(offset, data[..length]);
                    break;
            }
        }
    }
}
