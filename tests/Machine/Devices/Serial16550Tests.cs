using KvmInterop.Machine.Devices;

namespace KvmInterop.Tests.Machine.Devices;

/// <summary>The UART's registers, as drivers use them (PC16550D data sheet).</summary>
public class Serial16550Tests
{
    private const ulong Data = 0;
    private const ulong Ier = 1;
    private const ulong Iir = 2;
    private const ulong Fcr = 2;
    private const ulong Lcr = 3;
    private const ulong Mcr = 4;
    private const ulong Lsr = 5;
    private const ulong Msr = 6;
    private const ulong Scr = 7;

    private readonly RecordingLine line = new();
    private readonly RecordingOutput output = new();
    private readonly Serial16550 serial;

    public Serial16550Tests() => serial = new Serial16550(line, output, backlog: 8);

    [Fact]
    public void Reset_registers_areAsInTheDataSheet()
    {
        Assert.Equal(0, serial.ReadByte(Ier));
        Assert.Equal(0x01, serial.ReadByte(Iir));
        Assert.Equal(0, serial.ReadByte(Lcr));
        Assert.Equal(0, serial.ReadByte(Mcr));
        Assert.Equal(0x60, serial.ReadByte(Lsr));
        Assert.Equal(0xb0, serial.ReadByte(Msr));
        Assert.Empty(line.Levels);
    }

    [Fact]
    public void Registers_unusedBits_readAsZero()
    {
        serial.WriteByte(Ier, 0xf0);
        serial.WriteByte(Mcr, 0xe0);
        serial.WriteByte(Lsr, 0xff);
        serial.WriteByte(Msr, 0xff);
        serial.WriteByte(Scr, 0xa5);

        Assert.Equal(0, serial.ReadByte(Ier));
        Assert.Equal(0, serial.ReadByte(Mcr));
        Assert.Equal(0x60, serial.ReadByte(Lsr));
        Assert.Equal(0xb0, serial.ReadByte(Msr));
        Assert.Equal(0xa5, serial.ReadByte(Scr));
    }

    [Fact]
    public void DivisorLatch_set_hidesDataAndInterruptEnable()
    {
        serial.WriteByte(Ier, 0x05);
        serial.WriteByte(Lcr, 0x83);
        serial.WriteByte(Data, 0x0c);
        serial.WriteByte(Ier, 0x34);

        Assert.Equal(0x340c, serial.ReadUInt16(Data));
        serial.WriteByte(Lcr, 0x03);
        Assert.Equal(0x05, serial.ReadByte(Ier));
        Assert.Equal("", output.Text);
    }

    [Fact]
    public void Transmit_characters_areSentAndTheTransmitterIsEmpty()
    {
        foreach (byte character in "hello"u8)
        {
            serial.WriteByte(Data, character);
            Assert.Equal(0x60, serial.ReadByte(Lsr));
        }

        Assert.Equal("hello", output.Text);
    }

    [Fact]
    public void Transmit_hostFileFails_transmitterIsEmptyAllTheSame()
    {
        FailingOutput failing = new();
        Serial16550 device = new(line, failing);
        device.WriteByte(Ier, 0x02);
        device.ReadByte(Iir);

        device.WriteByte(Data, (byte)'x');

        Assert.Equal(1, failing.Calls);
        Assert.Equal(1, device.LostOutput);
        Assert.Equal(0x60, device.ReadByte(Lsr));
        Assert.True(line.IsHigh);
        Assert.Equal(0x02, device.ReadByte(Iir));
    }

    [Fact]
    public void Write_wide_isOneRegisterAfterTheOther()
    {
        serial.Write(Data, [(byte)'a', 0x01, 0x01, 0x03]);

        Assert.Equal("a", output.Text);
        Assert.Equal(0x01, serial.ReadByte(Ier));
        Assert.Equal(0x03, serial.ReadByte(Lcr));
    }

    [Fact]
    public void TransmitterInterrupt_enabled_comesAtOnce()
    {
        serial.WriteByte(Ier, 0x02);

        Assert.Equal([true], line.Levels);
    }

    [Fact]
    public void TransmitterInterrupt_identificationRead_clearsIt()
    {
        serial.WriteByte(Ier, 0x02);

        Assert.Equal(0x02, serial.ReadByte(Iir));
        Assert.Equal([true, false], line.Levels);
        Assert.Equal(0x01, serial.ReadByte(Iir));
    }

    [Fact]
    public void TransmitterInterrupt_characterSent_comesAgain()
    {
        serial.WriteByte(Ier, 0x02);
        serial.ReadByte(Iir);

        serial.WriteByte(Data, (byte)'x');

        Assert.Equal([true, false, true], line.Levels);
    }

    [Fact]
    public void TransmitterInterrupt_enabledAgain_comesAgain()
    {
        serial.WriteByte(Ier, 0x02);
        serial.ReadByte(Iir);
        serial.WriteByte(Ier, 0x02);
        Assert.Equal([true, false], line.Levels);

        serial.WriteByte(Ier, 0x00);
        serial.WriteByte(Ier, 0x02);

        Assert.Equal([true, false, true], line.Levels);
    }

    [Fact]
    public void TransmitterInterrupt_receivedDataHidesIt_identificationReadKeepsIt()
    {
        serial.WriteByte(Ier, 0x03);
        serial.Receive("a"u8);

        Assert.Equal(0x04, serial.ReadByte(Iir));
        serial.ReadByte(Data);
        Assert.Equal(0x02, serial.ReadByte(Iir));
        Assert.False(line.IsHigh);
    }

    [Fact]
    public void ReceivedInterrupt_enabledAfterData_comes()
    {
        // Firecracker's and vm-superio's console lost input here: they looked only when data came.
        serial.Receive("a"u8);
        Assert.Empty(line.Levels);

        serial.WriteByte(Ier, 0x01);

        Assert.Equal([true], line.Levels);
        Assert.Equal(0x04, serial.ReadByte(Iir));
    }

    [Fact]
    public void ReceivedInterrupt_moreData_staysUntilAllIsRead()
    {
        serial.WriteByte(Fcr, 0x01);
        serial.WriteByte(Ier, 0x01);
        serial.Receive("ab"u8);

        Assert.Equal((byte)'a', serial.ReadByte(Data));
        Assert.Equal([true], line.Levels);
        Assert.Equal((byte)'b', serial.ReadByte(Data));
        Assert.Equal([true, false], line.Levels);
    }

    [Fact]
    public void ReceivedInterrupt_disabledAndEnabled_followsTheRegister()
    {
        serial.WriteByte(Ier, 0x01);
        serial.Receive("a"u8);
        serial.WriteByte(Ier, 0x00);
        serial.WriteByte(Ier, 0x01);

        Assert.Equal([true, false, true], line.Levels);
    }

    [Theory]
    [InlineData(0x01, 1)]
    [InlineData(0x41, 4)]
    [InlineData(0x81, 8)]
    [InlineData(0xc1, 14)]
    public void ReceivedInterrupt_belowTheTriggerLevel_isATimeout(byte control, int trigger)
    {
        serial.WriteByte(Fcr, control);
        serial.WriteByte(Ier, 0x01);

        for (int count = 1; count <= 16; count++)
        {
            serial.Receive("x"u8);
            Assert.Equal(count < trigger ? 0xcc : 0xc4, serial.ReadByte(Iir));
            Assert.True(line.IsHigh);
        }
    }

    [Fact]
    public void FifoControl_withoutEnable_programsNothing()
    {
        serial.WriteByte(Fcr, 0xc0);
        Assert.Equal(0x01, serial.ReadByte(Iir));

        serial.WriteByte(Fcr, 0x01);
        Assert.Equal(0xc1, serial.ReadByte(Iir));
        serial.Receive("a"u8);
        serial.WriteByte(Ier, 0x01);
        Assert.Equal(0xc4, serial.ReadByte(Iir));
    }

    [Fact]
    public void FifoControl_receiverReset_dropsTheFifoAndNotWhatWaits()
    {
        serial.WriteByte(Fcr, 0x01);
        Assert.Equal(18, serial.Receive("0123456789abcdefXY"u8));

        serial.WriteByte(Fcr, 0x03);

        Assert.Equal((byte)'X', serial.ReadByte(Data));
        Assert.Equal((byte)'Y', serial.ReadByte(Data));
        Assert.Equal(0x60, serial.ReadByte(Lsr));
    }

    [Fact]
    public void FifoControl_switchedOff_clearsTheFifo()
    {
        serial.WriteByte(Fcr, 0x01);
        serial.Receive("ab"u8);

        serial.WriteByte(Fcr, 0x00);

        Assert.Equal(0x60, serial.ReadByte(Lsr));
    }

    [Fact]
    public void Data_nothingReceived_readsTheLastCharacter()
    {
        serial.Receive("a"u8);

        Assert.Equal((byte)'a', serial.ReadByte(Data));
        Assert.Equal((byte)'a', serial.ReadByte(Data));
        Assert.Equal(0x60, serial.ReadByte(Lsr));
    }

    [Fact]
    public void Access_everyRegisterAndLine_allocatesNothing()
    {
        Serial16550 device = new(InterruptLines.None, output);
        Exercise(device);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Exercise(device);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        static void Exercise(Serial16550 serial)
        {
            Span<byte> data = stackalloc byte[1];
            for (ulong i = 0; i < 64; i++)
            {
                data[0] = (byte)(i & 0x0f);
                serial.Write(i % 8 == 4 ? 7 : i % 8 == 0 ? 1 : i % 8, data);
                serial.Read(i % 8, data);
                serial.Receive("x"u8);
            }
        }
    }

    private sealed class FailingOutput : IByteOutput
    {
        public int Calls { get; private set; }

        public void Write(ReadOnlySpan<byte> data)
        {
            Calls++;
            throw new IOException("the disk is full");
        }
    }
}
