namespace KvmInterop.Machine.Devices;

/// <summary>Update, alarm and periodic events: flags, and the interrupt.</summary>
public sealed partial class CmosRtc
{
    private const int Frequency = 32768;

    // Looked at anew after this, because the clock may have been set.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    // Under the gate: up to when events are in the flags.
    private long seenTicks;
    private bool isTimerSet;

    private Cmos.Flags Events
    {
        get => (Cmos.Flags)memory[Cmos.C];
        set => memory[Cmos.C] = (byte)value;
    }

    private bool WantsInterrupt => ((byte)Events & (byte)Control & (byte)Cmos.Flags.Events) != 0;

    private void OnTimer()
    {
        lock (gate)
        {
            isTimerSet = false;
            Advance();
            Settle();
        }
    }

    // Reading takes all of them (register C).
    private byte ReadFlags()
    {
        Advance();
        byte value = (byte)(Events | (WantsInterrupt ? Cmos.Flags.Interrupt : Cmos.Flags.None));
        Events = Cmos.Flags.None;
        Settle();
        return value;
    }

    /// <summary>Sets the flags of what has come since they were last looked at.</summary>
    private void Advance()
    {
        long before = seenTicks;
        long now = Now;
        seenTicks = now;
        if (now <= before)
        {
            // The host's clock was set back.
            return;
        }

        long period = PeriodTicks;
        if (period > 0 && !IsDividerReset && PeriodsUntil(now) != PeriodsUntil(before))
        {
            Events |= Cmos.Flags.Periodic;
        }

        if (!IsStopped && now / TimeSpan.TicksPerSecond != before / TimeSpan.TicksPerSecond)
        {
            Events |= Cmos.Flags.Update;
            if (NextAlarm(before) is long alarm && alarm <= now)
            {
                Events |= Cmos.Flags.Alarm;
            }
        }
    }

    /// <summary>Sets the line, and the timer for what would raise it.</summary>
    private void Settle()
    {
        line.Set(WantsInterrupt);
        Arm();
    }

    private void Arm()
    {
        long? next = WantsInterrupt ? null : NextEvent();
        if (next is long due)
        {
            TimeSpan wait = TimeSpan.FromTicks(Math.Max(due - seenTicks, TimeSpan.TicksPerMillisecond));
            timer.Change(wait < LongestWait ? wait : LongestWait, Timeout.InfiniteTimeSpan);
            isTimerSet = true;
        }
        else if (isTimerSet)
        {
            timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            isTimerSet = false;
        }
    }

    /// <summary>When the next enabled event is due; null if none is.</summary>
    private long? NextEvent()
    {
        long? next = null;
        if ((Control & Cmos.Control.PeriodicInterrupt) != 0 && PeriodTicks > 0 && !IsDividerReset)
        {
            next = TicksOf(PeriodsUntil(seenTicks) + 1);
        }

        if (!IsStopped && (Control & Cmos.Control.UpdateInterrupt) != 0)
        {
            next = Earlier(next, ((seenTicks / TimeSpan.TicksPerSecond) + 1) * TimeSpan.TicksPerSecond);
        }

        if (!IsStopped && (Control & Cmos.Control.AlarmInterrupt) != 0)
        {
            next = Earlier(next, NextAlarm(seenTicks));
        }

        return next;
    }

    private static long? Earlier(long? one, long? other) =>
        one is null || other is null ? one ?? other : Math.Min(one.Value, other.Value);

    // Register A, table 5: 2^(n-1) cycles; 1 and 2 are as 8 and 9.
    private int PeriodCycles => (memory[Cmos.A] & Cmos.RateMask) switch
    {
        0 => 0,
        int rate and <= 2 => 1 << (rate + 6),
        int rate => 1 << (rate - 1),
    };

    private long PeriodTicks => PeriodCycles * TimeSpan.TicksPerSecond / Frequency;

    private long PeriodsUntil(long ticks) =>
        (long)((Int128)ticks * Frequency / (TimeSpan.TicksPerSecond * PeriodCycles));

    private long TicksOf(long periods) =>
        (long)(((Int128)periods * PeriodCycles * TimeSpan.TicksPerSecond + Frequency - 1) / Frequency);

    /// <summary>The first second after a time at which the alarm goes off; null if it never does.</summary>
    private long? NextAlarm(long ticks)
    {
        int second = AlarmOf(Cmos.SecondAlarm, 59);
        int minute = AlarmOf(Cmos.MinuteAlarm, 59);
        int hour = AlarmOf(Cmos.HourAlarm, 23);
        if (second == Never || minute == Never || hour == Never)
        {
            return null;
        }

        const long Day = 24 * 60 * 60;
        long start = (ticks / TimeSpan.TicksPerSecond) + 1;
        long midnight = start / Day * Day;
        long next = NextInDay(start - midnight, hour, minute, second);
        long found = next >= 0 ? midnight + next : midnight + Day + NextInDay(0, hour, minute, second);
        return found > LastTicks / TimeSpan.TicksPerSecond ? null : found * TimeSpan.TicksPerSecond;
    }

    // From a second of the day on, that included; -1 if there is none more.
    private static long NextInDay(long from, int hour, int minute, int second)
    {
        for (long h = hour == Any ? from / 3600 : hour; h < 24; h++)
        {
            for (long m = minute == Any ? Math.Max(0, (from - (h * 3600)) / 60) : minute; m < 60; m++)
            {
                long start = (h * 3600) + (m * 60);
                long s = second == Any ? Math.Max(0, from - start) : second;
                if (s < 60 && start + s >= from)
                {
                    return start + s;
                }

                if (minute != Any)
                {
                    break;
                }
            }

            if (hour != Any)
            {
                break;
            }
        }

        return -1;
    }

    private const int Any = -1;
    private const int Never = -2;

    private int AlarmOf(byte register, int most)
    {
        byte value = memory[register];
        if (value >= Cmos.AnyTime)
        {
            return Any;
        }

        int number = register == Cmos.HourAlarm ? HourOf(value) : Number(value);
        return number <= most ? number : Never;
    }

    // Under the gate, in a restore.
    private void Restart()
    {
        seenTicks = Now;
        line.Force(WantsInterrupt);
        Arm();
    }
}
