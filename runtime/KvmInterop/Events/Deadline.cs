namespace KvmInterop;

/// <summary>A time from now on, for system calls that take milliseconds and come back early.</summary>
internal readonly struct Deadline
{
    /// <summary>What these calls take for "no limit".</summary>
    internal const int None = -1;

    private readonly long end;

    /// <exception cref="ArgumentOutOfRangeException">The time is negative and not infinite, or has more
    /// milliseconds than an <c>int</c>.</exception>
    internal Deadline(TimeSpan timeout)
    {
        if (timeout == Timeout.InfiniteTimeSpan)
        {
            end = long.MaxValue;
            return;
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(timeout, TimeSpan.FromMilliseconds(int.MaxValue));
        end = Environment.TickCount64 + (long)Math.Ceiling(timeout.TotalMilliseconds);
    }

    internal bool IsOver => Environment.TickCount64 >= end;

    /// <summary>What is left of it, or <see cref="None"/>.</summary>
    internal int Milliseconds =>
        end == long.MaxValue ? None : (int)Math.Clamp(end - Environment.TickCount64, 0, int.MaxValue);
}
