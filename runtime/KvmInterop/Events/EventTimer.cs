using KvmInterop.Native;

namespace KvmInterop;

/// <summary>A timer of an <see cref="EventLoop"/> (<c>timerfd_create(2)</c>, CLOCK_MONOTONIC).</summary>
/// <remarks>All members may be called from any thread, and from callbacks.</remarks>
public sealed class EventTimer : IDisposable
{
    private readonly FileHandle file = EventFiles.CreateTimer();
    private readonly EventRegistration registration;

    internal EventTimer(EventLoop loop, Action<ulong> callback)
    {
        try
        {
            registration = loop.Add(file, FileEvents.Readable, _ =>
            {
                // Nothing is there any more if the timer was set anew in the meantime.
                if (EventFiles.TryTake(file, out ulong expirations))
                {
                    callback(expirations);
                }
            });
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Sets the timer; what was set before no longer counts.</summary>
    /// <param name="due">From now; at least one tick (100 ns).</param>
    /// <param name="period">From then on again and again; zero for once.</param>
    /// <exception cref="ArgumentOutOfRangeException">A time is negative, or due is zero.</exception>
    /// <exception cref="ObjectDisposedException">The timer is disposed.</exception>
    public void Set(TimeSpan due, TimeSpan period = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(due, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(period, TimeSpan.Zero);
        using Held<FileHandle> held = new(file);
        EventFiles.SetTimer(file, due, period);
    }

    /// <summary>Stops the timer; it can be set again.</summary>
    /// <remarks>A callback that has begun is not waited for; <see cref="Dispose"/> does that.</remarks>
    /// <exception cref="ObjectDisposedException">The timer is disposed.</exception>
    public void Cancel()
    {
        using Held<FileHandle> held = new(file);
        EventFiles.SetTimer(file, TimeSpan.Zero, TimeSpan.Zero);
    }

    /// <summary>Ends it, as <see cref="EventRegistration.Dispose"/> does.</summary>
    public void Dispose()
    {
        registration.Dispose();
        file.Dispose();
    }
}
