namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>A clock that stands still until it is told, with timers that a bound keeps from running away.</summary>
internal sealed class HostClock : TimeProvider
{
    // Events that one step of the clock may bring.
    private const int MostEvents = 100_000;

    private readonly List<Timer> timers = [];
    private DateTimeOffset now = DateTimeOffset.UnixEpoch.AddYears(50);

    public override DateTimeOffset GetUtcNow() => now;

    public override long GetTimestamp() => now.Ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Timer timer = new(this, callback, state);
        timer.Change(dueTime, period);
        timers.Add(timer);
        return timer;
    }

    public void Advance(TimeSpan time)
    {
        DateTimeOffset end = now + time;
        int events = 0;
        while (timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due) is Timer next)
        {
            if (++events > MostEvents)
            {
                throw new FuzzFailureException($"a device's timer comes {events:#,0} times in {time}");
            }

            now = next.Due > now ? next.Due.Value : now;
            next.Fire();
        }

        now = end;
    }

    private sealed class Timer(HostClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan period;

        public DateTimeOffset? Due { get; private set; }

        public void Fire()
        {
            Due = period > TimeSpan.Zero ? Due + period : null;
            callback(state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            // As the system's timers: nothing below -1 ms, nothing above 2^32 - 2 ms.
            Check(dueTime);
            Check(period);
            this.period = period;
            Due = dueTime == Timeout.InfiniteTimeSpan ? null : clock.now + dueTime;
            return true;
        }

        private static void Check(TimeSpan time)
        {
            long milliseconds = (long)time.TotalMilliseconds;
            ArgumentOutOfRangeException.ThrowIfLessThan(milliseconds, -1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(milliseconds, uint.MaxValue - 1);
        }

        public void Dispose() => Due = null;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
