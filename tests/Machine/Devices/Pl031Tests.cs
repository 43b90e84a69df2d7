using KvmInterop.Machine.Devices;

namespace KvmInterop.Tests.Machine.Devices;

/// <summary>A PL031 by its technical reference manual (DDI 0224C), with a clock of the test's.</summary>
public sealed class Pl031Tests : IDisposable
{
    private const ulong Data = 0x00;
    private const ulong Match = 0x04;
    private const ulong Load = 0x08;
    private const ulong Control = 0x0c;
    private const ulong Mask = 0x10;
    private const ulong Raw = 0x14;
    private const ulong Masked = 0x18;
    private const ulong Clear = 0x1c;
    private const uint Start = 1_700_000_000;

    private readonly RecordingLine line = new();
    private readonly HandClock clock = new(Start);
    private readonly Pl031 rtc;

    public Pl031Tests() => rtc = new Pl031(line, clock);

    public void Dispose() => rtc.Dispose();

    [Fact]
    public void Time_isTheHostsUntilTheGuestSetsIt()
    {
        Assert.Equal(Start, rtc.ReadUInt32(Data));
        Assert.Equal(1u, rtc.ReadUInt32(Control));
        rtc.WriteUInt32(Load, 100);
        clock.Advance(5);

        Assert.Equal(105u, rtc.ReadUInt32(Data));
        Assert.Equal(100u, rtc.ReadUInt32(Load));
        Assert.Equal(
            [0x31u, 0x10u, 0x04u, 0x00u, 0x0du, 0xf0u, 0x05u, 0xb1u],
            Enumerable.Range(0, 8).Select(i => rtc.ReadUInt32(0xfe0 + (4 * (ulong)i))));
    }

    [Fact]
    public void Alarm_atTheMatch_interruptsUntilCleared()
    {
        rtc.WriteUInt32(Match, Start + 10);
        rtc.WriteUInt32(Mask, 1);
        clock.Advance(9);
        Assert.Equal(0u, rtc.ReadUInt32(Raw));
        clock.Advance(1);

        Assert.True(line.IsHigh);
        Assert.Equal(1u, rtc.ReadUInt32(Masked));
        rtc.WriteUInt32(Clear, 1);
        Assert.False(line.IsHigh);
        clock.Advance(100);
        Assert.False(line.IsHigh);
    }

    [Fact]
    public void Alarm_masked_isRawOnly()
    {
        rtc.WriteUInt32(Match, Start + 1);
        clock.Advance(50); // The host was late.

        Assert.Equal((1u, 0u), (rtc.ReadUInt32(Raw), rtc.ReadUInt32(Masked)));
        Assert.False(line.IsHigh);
    }

    [Fact]
    public void Alarm_forNow_comesAtOnce()
    {
        rtc.WriteUInt32(Mask, 1);
        rtc.WriteUInt32(Match, Start);

        Assert.True(line.IsHigh);
    }

    [Fact]
    public void State_restoredInTheSecondOfTheAlarm_hasNotTheClearedAlarmAgain()
    {
        rtc.WriteUInt32(Mask, 1);
        rtc.WriteUInt32(Match, Start + 3);
        clock.Advance(3);
        Assert.True(line.IsHigh);
        rtc.WriteUInt32(Clear, 1);

        rtc.Restore(rtc.Save());

        Assert.Equal(0u, rtc.ReadUInt32(Raw));
        Assert.False(line.IsHigh);
    }

    [Fact]
    public void State_restoredLater_hasTheAlarmThatWasDueMeanwhile()
    {
        rtc.WriteUInt32(Load, 1000);
        rtc.WriteUInt32(Match, 1010);
        rtc.WriteUInt32(Mask, 1);
        byte[] early = rtc.Save();
        HandClock later = new(Start + 20);
        RecordingLine otherLine = new();
        Pl031 other = new(otherLine, later);

        other.Restore(early);

        Assert.Equal(1020u, other.ReadUInt32(Data));
        Assert.True(otherLine.IsHigh);
        HandClock soon = new(Start + 5);
        RecordingLine soonLine = new();
        Pl031 third = new(soonLine, soon);
        third.Restore(early);
        Assert.False(soonLine.IsHigh);
        soon.Advance(5);
        Assert.True(soonLine.IsHigh);
    }

    [Fact]
    public void Dispose_thenAccesses_areHarmless()
    {
        rtc.Dispose();
        rtc.WriteUInt32(Match, Start + 1);
        rtc.WriteUInt32(Load, 5);

        Assert.Equal(5u, rtc.ReadUInt32(Data));
    }

    /// <summary>A clock that goes on by hand, with timers.</summary>
    private sealed class HandClock(long start) : TimeProvider
    {
        private readonly List<HandTimer> timers = [];

        public long Seconds { get; private set; } = start;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds(Seconds);

        public override ITimer CreateTimer(
            TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            HandTimer timer = new(this, () => callback(state));
            timers.Add(timer);
            timer.Change(dueTime, period);
            return timer;
        }

        public void Advance(long seconds)
        {
            Seconds += seconds;
            timers.ForEach(timer => timer.Look());
        }

        private sealed class HandTimer(HandClock clock, Action callback) : ITimer
        {
            private long? due;

            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                due = dueTime == Timeout.InfiniteTimeSpan ? null : clock.Seconds + (long)dueTime.TotalSeconds;
                return true;
            }

            public void Look()
            {
                if (due <= clock.Seconds)
                {
                    due = null;
                    callback();
                }
            }

            public void Dispose() => due = null;

            public ValueTask DisposeAsync()
            {
                Dispose();
                return ValueTask.CompletedTask;
            }
        }
    }
}
