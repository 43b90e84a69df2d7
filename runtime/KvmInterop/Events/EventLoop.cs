using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// Waits for files (<c>epoll(7)</c>) and calls back: eventfds that the guest signals, sockets, terminals,
/// timers.
/// </summary>
/// <remarks>
/// <para>It runs on a thread of its own (<see cref="Start"/>), or on the caller's (<see cref="Run"/>,
/// <see cref="RunOnce"/>), on one at a time. All callbacks come on that thread, one after the other, so what
/// only they touch needs no lock. Files are added and removed from any thread, at any time, also from
/// callbacks.</para>
/// <para>A file is told again and again for as long as it has something (level-triggered), until the callback
/// takes it. An event allocates nothing.</para>
/// </remarks>
public sealed partial class EventLoop : IDisposable
{
    private const ulong WakeKey = 0;

    private readonly object gate = new();
    private readonly Epoll epoll = new();
    private readonly EventFd wake;

    // Under the gate. A key is never used twice: an event of a registration that is gone finds nothing.
    private readonly Dictionary<ulong, EventRegistration> registrations = [];
    private ulong lastKey = WakeKey;
    private bool disposed;

    /// <summary>Makes a loop that does not run yet.</summary>
    /// <exception cref="KvmException">The process or the system has all the open files it may
    /// have.</exception>
    public EventLoop()
    {
        try
        {
            wake = new EventFd();
            epoll.Add(wake.File.Fd, (uint)FileEvents.Readable, WakeKey);
        }
        catch
        {
            wake?.Dispose();
            epoll.Dispose();
            throw;
        }
    }

    /// <summary>Watches a file.</summary>
    /// <param name="file">Its handle's value is the file descriptor, as with sockets, pipes and what
    /// <see cref="File.OpenHandle"/> gives. A reference keeps it open for as long as it is watched.</param>
    /// <param name="interest">What to watch for; errors and the end come in any case.</param>
    /// <param name="callback">Gets what has happened. It must take the cause away or stop the watching, or
    /// else it is called again at once. If it throws, the loop's run ends with that exception.</param>
    /// <exception cref="KvmException">epoll_ctl(2) failed: EPERM, the file cannot be waited for, as a regular
    /// file or a folder; EEXIST, the loop watches it already.</exception>
    /// <exception cref="ObjectDisposedException">The loop or the handle is closed.</exception>
    public EventRegistration Add(SafeHandle file, FileEvents interest, Action<FileEvents> callback)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(callback);
        bool held = false;
        bool added = false;
        try
        {
            file.DangerousAddRef(ref held);
            lock (gate)
            {
                ObjectDisposedException.ThrowIf(disposed, this);
                EventRegistration registration = new(this, file, ++lastKey, callback);

                // Known before the kernel can tell of it: the thread that waits may see the event at once.
                registrations.Add(registration.Key, registration);
                try
                {
                    epoll.Add(FdOf(file), (uint)interest, registration.Key);
                    added = true;
                }
                finally
                {
                    if (!added)
                    {
                        registrations.Remove(registration.Key);
                    }
                }

                return registration;
            }
        }
        finally
        {
            if (held && !added)
            {
                file.DangerousRelease();
            }
        }
    }

    /// <summary>Watches an eventfd, and takes what it counted before each call.</summary>
    /// <param name="eventFd">Whoever else takes from it takes events away from the callback.</param>
    /// <param name="callback">Gets the count, 1 or more. If it throws, the loop's run ends with that
    /// exception.</param>
    /// <inheritdoc cref="Add(SafeHandle, FileEvents, Action{FileEvents})"/>
    public EventRegistration Add(EventFd eventFd, Action<ulong> callback)
    {
        ArgumentNullException.ThrowIfNull(eventFd);
        ArgumentNullException.ThrowIfNull(callback);

        // The file, not the object: the registration keeps it open even when the object is disposed.
        FileHandle file = eventFd.File;
        return Add(file, FileEvents.Readable, _ =>
        {
            if (EventFiles.TryTake(file, out ulong count))
            {
                callback(count);
            }
        });
    }

    /// <summary>Makes a timer, which does nothing until it is set.</summary>
    /// <param name="callback">Gets how often the time has come since the last call: 1, or more if the loop is
    /// behind. If it throws, the loop's run ends with that exception.</param>
    /// <exception cref="KvmException">A system call failed.</exception>
    /// <exception cref="ObjectDisposedException">The loop is disposed.</exception>
    public EventTimer AddTimer(Action<ulong> callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return new EventTimer(this, callback);
    }

    internal void Change(EventRegistration registration, FileEvents interest)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(!registrations.ContainsKey(registration.Key), registration);
            epoll.Modify(FdOf(registration.File), (uint)interest, registration.Key);
        }
    }

    internal void Remove(EventRegistration registration)
    {
        lock (gate)
        {
            if (registrations.Remove(registration.Key))
            {
                Forget(registration);
            }

            WaitForCallback(registration);
        }
    }

    private static int FdOf(SafeHandle file) => checked((int)file.DangerousGetHandle());

    private void Forget(EventRegistration registration)
    {
        epoll.Delete(FdOf(registration.File));
        registration.File.DangerousRelease();
    }
}
