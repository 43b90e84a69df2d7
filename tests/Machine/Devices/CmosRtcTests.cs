using KvmInterop.Machine.Devices;

namespace KvmInterop.Tests.Machine.Devices;

/// <summary>The time, its forms, and the memory (MC146818A data sheet).</summary>
public sealed class CmosRtcTests : IDisposable
{
    private readonly FakeClock clock = new(new DateTimeOffset(2026, 11, 26, 15, 4, 59, TimeSpan.Zero));
    private readonly RecordingLine line = new();
    private readonly CmosRtc rtc;

    public CmosRtcTests() => rtc = new CmosRtc(line, 0xc000_0000, 0x1_4000_0000, clock);

    public void Dispose() => rtc.Dispose();

    [Fact]
    public void Time_atFirst_isTheHostsInBcdAnd24Hours()
    {
        Assert.Equal([0x59, 0x04, 0x15, 0x05, 0x26, 0x11, 0x26, 0x20], Time());
        Assert.Equal(0x26, Read(0x0a));
        Assert.Equal(0x02, Read(0x0b));
        Assert.Equal(0x80, Read(0x0d));
    }

    [Fact]
    public void Time_passes_goesOn()
    {
        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal([0x00, 0x05, 0x15, 0x05, 0x26, 0x11, 0x26, 0x20], Time());
    }

    [Fact]
    public void Time_binary_isInBinary()
    {
        Write(0x0b, 0x06);

        Assert.Equal([59, 4, 15, 5, 26, 11, 26, 20], Time());
    }

    [Theory]
    [InlineData(0, 0x12)]
    [InlineData(1, 0x01)]
    [InlineData(11, 0x11)]
    [InlineData(12, 0x92)]
    [InlineData(13, 0x81)]
    [InlineData(23, 0x91)]
    public void Hours_of12_haveTheAfternoonInBit7(int hour, byte expected)
    {
        clock.Set(new DateTimeOffset(2026, 1, 1, hour, 0, 0, TimeSpan.Zero));
        Write(0x0b, 0x00);
        Assert.Equal(expected, Read(0x04));

        Write(0x04, expected);
        Write(0x0b, 0x06);
        Assert.Equal(hour, Read(0x04));
    }

    [Fact]
    public void Set_fields_areTheTimeFromThenOn()
    {
        Write(0x0b, 0x82);
        foreach ((byte register, byte value) in (ReadOnlySpan<(byte, byte)>)
            [(0x00, 0x58), (0x02, 0x59), (0x04, 0x23), (0x07, 0x28), (0x08, 0x02), (0x09, 0x24), (0x32, 0x20)])
        {
            Write(register, value);
        }

        clock.Advance(TimeSpan.FromSeconds(100));
        Assert.Equal(0x58, Read(0x00));
        Write(0x0b, 0x02);
        clock.Advance(TimeSpan.FromSeconds(2));

        // 2024 is a leap year, and its 29 February a Thursday.
        Assert.Equal([0x00, 0x00, 0x00, 0x05, 0x29, 0x02, 0x24, 0x20], Time());
    }

    [Fact]
    public void Set_whatIsNoDate_becomesTheNearest()
    {
        Write(0x0b, 0x82);
        foreach (byte register in (byte[])[0x00, 0x02, 0x04, 0x06, 0x07, 0x08, 0x09, 0x32])
        {
            Write(register, 0xff);
            Assert.Equal(0xff, Read(register));
        }

        Write(0x0b, 0x02);

        Assert.Equal([0x59, 0x59, 0x23, 0x06, 0x31, 0x12, 0x99, 0x99], Time());
    }

    [Fact]
    public void Field_writtenWhileItRuns_counts()
    {
        Write(0x04, 0x07);
        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal([0x00, 0x05, 0x07, 0x05, 0x26, 0x11, 0x26, 0x20], Time());
    }

    [Fact]
    public void Divider_reset_stopsAndStartsHalfASecondBeforeTheNext()
    {
        Write(0x0a, 0x66);
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(0x59, Read(0x00));

        Write(0x0a, 0x26);
        clock.Advance(TimeSpan.FromMilliseconds(499));
        Assert.Equal(0x59, Read(0x00));
        clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(0x00, Read(0x00));
    }

    [Fact]
    public void UpdateInProgress_isShownBeforeEachSecondAndNotWhileStopped()
    {
        Assert.Equal(0x26, Read(0x0a));
        clock.Advance(TimeSpan.FromMicroseconds(1_000_000 - 2229));
        Assert.Equal(0x26, Read(0x0a));
        clock.Advance(TimeSpan.FromMicroseconds(1));
        Assert.Equal(0xa6, Read(0x0a));
        clock.Advance(TimeSpan.FromMicroseconds(2227));
        Assert.Equal(0xa6, Read(0x0a));
        clock.Advance(TimeSpan.FromMicroseconds(1));
        Assert.Equal(0x26, Read(0x0a));

        clock.Advance(TimeSpan.FromMicroseconds(999_999));
        Write(0x0b, 0x82);
        Assert.Equal(0x26, Read(0x0a));
    }

    [Fact]
    public void MemorySizes_areWhereFirmwareLooks()
    {
        Assert.Equal(640, Read16(0x15));
        Assert.Equal(0xffff, Read16(0x17));
        Assert.Equal(0xffff, Read16(0x30));
        Assert.Equal(0xbf00, Read16(0x34));
        Assert.Equal(0x4000, Read16(0x5b));
        Assert.Equal(0x01, Read(0x5d));
    }

    [Fact]
    public void MemorySizes_littleMemory_areExact()
    {
        using CmosRtc small = new(line, 8 * 1024 * 1024, clock: clock);

        Assert.Equal(7 * 1024, small[0x17] | (small[0x18] << 8));
        Assert.Equal(0, small[0x34] | (small[0x35] << 8));
    }

    [Fact]
    public void Memory_isKeptAndSharedWithTheMachine()
    {
        rtc[0x5f] = 3;
        Assert.Equal(3, Read(0x5f));
        Write(0x7f, 0xaa);
        Assert.Equal(0xaa, rtc[0x7f]);
        Assert.Throws<ArgumentOutOfRangeException>(() => rtc[0x32]);
        Assert.Throws<ArgumentOutOfRangeException>(() => rtc[0x0d] = 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => rtc[0x80]);
    }

    [Fact]
    public void Index_bit7_masksInterruptsAndIsNoAddress()
    {
        Write(0x50, 0x12);

        Assert.Equal(0x12, Read(0xd0));
        Assert.Equal(0xff, rtc.ReadByte(0));
    }

    [Fact]
    public void Access_ofTwoPorts_isIndexThenData()
    {
        rtc.WriteUInt16(0, 0x3451);

        Assert.Equal(0x34, Read(0x51));
    }

    [Fact]
    public void Restore_saved_goesOnWithTheHostsTime()
    {
        Write(0x04, 0x03);
        Write(0x50, 0x77);
        byte[] state = rtc.Save();
        using CmosRtc other = new(line, 0, clock: clock);
        clock.Advance(TimeSpan.FromHours(2));

        other.Restore(state);

        Assert.Equal(Time(), Time(other));
        Assert.Equal(0x05, Read(0x04, other));
        Assert.Equal(0x77, other[0x50]);
        Assert.Equal(0xbf00, Read(0x34, other) | (Read(0x35, other) << 8));
    }

    [Fact]
    public void Access_anyRegistersAndBytes_neverFails()
    {
        Random random = new(1);
        for (int i = 0; i < 100_000; i++)
        {
            byte register = (byte)(random.Next(4) == 0 ? random.Next(256) : random.Next(14));
            if (random.Next(2) == 0)
            {
                Write(register, (byte)random.Next(256));
            }
            else
            {
                Read(register);
            }

            if (random.Next(16) == 0)
            {
                clock.Advance(TimeSpan.FromMilliseconds(random.Next(3000)));
            }
        }

        byte[] state = rtc.Save();
        for (int i = 0; i < 2_000; i++)
        {
            byte[] changed = [.. state];
            changed[random.Next(changed.Length)] = (byte)random.Next(256);
            try
            {
                rtc.Restore(changed);
                Time();
                Read(0x0c);
                clock.Advance(TimeSpan.FromSeconds(1));
            }
            catch (StateException)
            {
                // Refused; that is fine too.
            }
        }
    }

    private byte[] Time(CmosRtc? of = null) =>
        [.. ((byte[])[0x00, 0x02, 0x04, 0x06, 0x07, 0x08, 0x09, 0x32]).Select(register => Read(register, of))];

    private byte Read(byte register, CmosRtc? of = null)
    {
        (of ?? rtc).WriteByte(0, register);
        return (of ?? rtc).ReadByte(1);
    }

    private int Read16(byte register) => Read(register) | (Read((byte)(register + 1)) << 8);

    private void Write(byte register, byte value)
    {
        rtc.WriteByte(0, register);
        rtc.WriteByte(1, value);
    }
}
