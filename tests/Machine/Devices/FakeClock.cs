namespace KvmInterop.Tests.Machine.Devices;

/// <summary>A clock that a test moves; timers that come due are called there.</summary>
internal sealed class FakeClock(DateTimeOffset now) : TimeProvider
{
    private readonly List<FakeTimer> timers = [];

    public override DateTimeOffset GetUtcNow() => now;

    /// <summary>How many timers wait.</summary>
    public int Waiting => timers.Count(timer => timer.Due is not null);

    /// <summary>Lets time pass, timer by timer.</summary>
    public void Advance(TimeSpan time)
    {
        DateTimeOffset end = now + time;
        while (timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due) is FakeTimer first)
        {
            now = first.Due!.Value > now ? first.Due.Value : now;
            first.Fire();
        }

        now = end;
    }

    /// <summary>Sets the clock, as an administrator does; timers do not go by it.</summary>
    public void Set(DateTimeOffset time)
    {
        timers.ForEach(timer => timer.Due += time - now);
        now = time;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        FakeTimer timer = new(this, () => callback(state));
        timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class FakeTimer(FakeClock clock, Action callback) : ITimer
    {
        public DateTimeOffset? Due { get; set; }

        public void Fire()
        {
            Due = null;
            callback();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Assert.Equal(Timeout.InfiniteTimeSpan, period);
            Due = dueTime == Timeout.InfiniteTimeSpan ? null : clock.GetUtcNow() + dueTime;
            return true;
        }

        public void Dispose() => Due = null;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
