using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// A counter that the kernel keeps (<c>eventfd(2)</c>): KVM, other threads and other processes add to it,
/// somebody who waits takes it.
/// </summary>
/// <remarks>
/// All members may be called from any thread. Never blocks unless asked to wait, is not inherited by programs
/// that this one starts. What uses it (an <see cref="IrqFd"/>, an <see cref="IoEventFd"/>, an
/// <see cref="EventLoop"/>) keeps the file open by a reference, whenever this object is disposed.
/// </remarks>
public sealed class EventFd : IDisposable
{
    private readonly FileHandle file;

    /// <summary>Makes one.</summary>
    /// <param name="count">What it holds at first: 0, not signalled.</param>
    /// <exception cref="KvmException">The process or the system has all the open files it may
    /// have.</exception>
    public EventFd(uint count = 0) => file = EventFiles.CreateEvent(count);

    /// <summary>The owner of the file, for code that hands it to the kernel or to others.</summary>
    public SafeHandle Handle => file;

    internal FileHandle File => file;

    /// <summary>Adds to the counter, which wakes those who wait.</summary>
    /// <param name="count">1 or more. Where the sum would be 2^64 - 1 or above, nothing is added: the file is
    /// signalled already.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is 0 or 2^64 - 1.</exception>
    /// <exception cref="ObjectDisposedException">This object is disposed.</exception>
    public void Signal(ulong count = 1)
    {
        ArgumentOutOfRangeException.ThrowIfZero(count);
        ArgumentOutOfRangeException.ThrowIfEqual(count, ulong.MaxValue);
        using Held<FileHandle> held = new(file);
        EventFiles.TryAdd(file, count);
    }

    /// <summary>Takes what was counted, and leaves 0.</summary>
    /// <param name="count">1 or more; 0 where there was nothing.</param>
    /// <returns>Whether there was something. Of several who take at the same time one gets it.</returns>
    /// <exception cref="ObjectDisposedException">This object is disposed.</exception>
    public bool TryTake(out ulong count)
    {
        using Held<FileHandle> held = new(file);
        return EventFiles.TryTake(file, out count);
    }

    /// <summary>As <see cref="TryTake(out ulong)"/>, and waits for something to be there.</summary>
    /// <param name="timeout">The longest to wait; <see cref="Timeout.InfiniteTimeSpan"/> for no
    /// limit.</param>
    /// <param name="count">1 or more; 0 after the time.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative, or above some 24 days.</exception>
    /// <exception cref="ObjectDisposedException">This object is disposed. One that is disposed while it is
    /// waited on is not woken by that.</exception>
    public bool TryTake(TimeSpan timeout, out ulong count)
    {
        using Held<FileHandle> held = new(file);
        Deadline deadline = new(timeout);
        while (!EventFiles.TryTake(file, out count))
        {
            if (deadline.IsOver)
            {
                return false;
            }

            EventFiles.WaitReadable(file, null, deadline.Milliseconds);
        }

        return true;
    }

    /// <summary>Waits for something to be there, and takes it.</summary>
    /// <param name="token">Ends the waiting.</param>
    /// <returns>What was counted, 1 or more.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    /// <exception cref="ObjectDisposedException">This object is disposed.</exception>
    public ulong Take(CancellationToken token = default)
    {
        using Held<FileHandle> held = new(file);
        using EventFd? cancelled = token.CanBeCanceled ? new EventFd() : null;
        using CancellationTokenRegistration registration =
            token.UnsafeRegister(static ended => ((EventFd)ended!).Signal(), cancelled);
        ulong count;
        while (!EventFiles.TryTake(file, out count))
        {
            token.ThrowIfCancellationRequested();
            EventFiles.WaitReadable(file, cancelled?.file, Deadline.None);
        }

        return count;
    }

    /// <summary>Closes the file, once nothing that uses it is left.</summary>
    public void Dispose() => file.Dispose();
}
