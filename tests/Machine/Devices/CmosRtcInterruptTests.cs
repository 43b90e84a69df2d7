using KvmInterop.Machine.Devices;

namespace KvmInterop.Tests.Machine.Devices;

/// <summary>Update, alarm and periodic interrupts on IRQ 8.</summary>
public sealed class CmosRtcInterruptTests : IDisposable
{
    private readonly FakeClock clock = new(new DateTimeOffset(2026, 11, 26, 15, 4, 59, TimeSpan.Zero));
    private readonly RecordingLine line = new();
    private readonly CmosRtc rtc;

    public CmosRtcInterruptTests() => rtc = new CmosRtc(line, 0, 0, clock);

    public void Dispose() => rtc.Dispose();

    [Fact]
    public void Flags_withoutInterrupts_areThereWhenTheGuestLooks()
    {
        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(0, clock.Waiting);
        Assert.Equal(0x50, Read(0x0c));
        Assert.Equal(0x00, Read(0x0c));
        Assert.Empty(line.Levels);
    }

    [Fact]
    public void Update_enabled_interruptsEachSecondThatTheGuestTakes()
    {
        Write(0x0b, 0x12);
        clock.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Empty(line.Levels);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal([true], line.Levels);

        // It has not taken note: no more interrupts, and no timer.
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([true], line.Levels);
        Assert.Equal(0, clock.Waiting);
        Assert.Equal(0xd0, Read(0x0c));
        Assert.Equal([true, false], line.Levels);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([true, false, true], line.Levels);
    }

    [Fact]
    public void Update_clockSet_isSwitchedOff()
    {
        Write(0x0b, 0x12);
        Write(0x0b, 0x92);

        Assert.Equal(0x82, Read(0x0b));
        clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Empty(line.Levels);
        Assert.Equal(0x40, Read(0x0c));
    }

    [Fact]
    public void Interrupt_enabledAfterItsFlag_comesAtOnce()
    {
        clock.Advance(TimeSpan.FromSeconds(1));

        Write(0x0b, 0x12);

        Assert.Equal([true], line.Levels);
    }

    [Theory]
    [InlineData(0x10, 0x05, 0x15, 11)]
    [InlineData(0x59, 0x04, 0x15, 86_400)]
    [InlineData(0x00, 0x00, 0x00, 32_101)]
    [InlineData(0xff, 0xff, 0xff, 1)]
    [InlineData(0x30, 0xff, 0xff, 31)]
    [InlineData(0x58, 0xff, 0xff, 59)]
    [InlineData(0x00, 0x04, 0xff, 3541)]
    [InlineData(0xff, 0xff, 0x16, 3301)]
    [InlineData(0xff, 0x10, 0x14, 83_101)]
    public void Alarm_enabled_comesAtItsTime(byte second, byte minute, byte hour, int seconds)
    {
        Write(0x01, second);
        Write(0x03, minute);
        Write(0x05, hour);
        Write(0x0b, 0x22);

        clock.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromTicks(1));
        Assert.Empty(line.Levels);
        clock.Advance(TimeSpan.FromTicks(1));

        Assert.Equal([true], line.Levels);
        Assert.Equal(0xa0, Read(0x0c) & 0xa0);
    }

    [Theory]
    [InlineData(0x60, 0xff, 0xff)]
    [InlineData(0xff, 0x7a, 0xff)]
    [InlineData(0xff, 0xff, 0x24)]
    public void Alarm_atNoTime_neverComes(byte second, byte minute, byte hour)
    {
        Write(0x01, second);
        Write(0x03, minute);
        Write(0x05, hour);
        Write(0x0b, 0x22);
        clock.Advance(TimeSpan.FromDays(2));

        Assert.Empty(line.Levels);
        Assert.Equal(0, Read(0x0c) & 0x20);
    }

    [Theory]
    [InlineData(15, 500_000)]
    [InlineData(10, 15_625)]
    [InlineData(2, 7_812.5)]
    [InlineData(1, 3_906.2)]
    public void Periodic_enabled_comesAtItsRate(byte rate, double microseconds)
    {
        Write(0x0a, (byte)(0x20 | rate));
        Read(0x0c);
        Write(0x0b, 0x42);
        for (int i = 1; i <= 3; i++)
        {
            line.Forget();
            clock.Advance(TimeSpan.FromMicroseconds(microseconds + 0.1));
            Assert.Equal([true], line.Levels);
            Assert.Equal(0xc0, Read(0x0c) & 0xc0);
        }
    }

    [Fact]
    public void Periodic_rateNone_neverComes()
    {
        Write(0x0a, 0x20);
        Read(0x0c);
        Write(0x0b, 0x42);
        clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Empty(line.Levels);
    }

    [Fact]
    public void HostClock_setBack_doesNotStopUpdates()
    {
        Write(0x0b, 0x12);
        clock.Set(clock.GetUtcNow() - TimeSpan.FromHours(1));
        clock.Advance(TimeSpan.FromMinutes(20));

        Assert.Equal([true], line.Levels);
    }

    [Fact]
    public void Restore_interruptWaits_isRaisedThere()
    {
        Write(0x0b, 0x12);
        clock.Advance(TimeSpan.FromSeconds(1));
        RecordingLine otherLine = new();
        using CmosRtc other = new(otherLine, 0, 0, clock);

        other.Restore(rtc.Save());

        Assert.Equal([true], otherLine.Levels);
        other.WriteByte(0, 0x0c);
        Assert.Equal(0xd0, other.ReadByte(1));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([true, false, true], otherLine.Levels);
    }

    private byte Read(byte register)
    {
        rtc.WriteByte(0, register);
        return rtc.ReadByte(1);
    }

    private void Write(byte register, byte value)
    {
        rtc.WriteByte(0, register);
        rtc.WriteByte(1, value);
    }
}
