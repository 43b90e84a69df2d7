namespace KvmInterop;

public sealed partial class EventLoop
{
    // Under the gate: the managed id of the thread that runs the loop, or 0, and whose callback it is in.
    private int runningThread;
    private EventRegistration? current;
    private Thread? thread;
    private int stopRequested;

    /// <summary>Runs the loop on a background thread of its own, until <see cref="Stop"/>.</summary>
    /// <param name="name">The thread's name, as debuggers show it; Linux keeps 15 bytes.</param>
    /// <returns>Completes when the thread ends; with the exception, if a callback threw one.</returns>
    /// <exception cref="InvalidOperationException">The loop runs already.</exception>
    /// <exception cref="ObjectDisposedException">The loop is disposed.</exception>
    public Task Start(string name = "events")
    {
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread started = new(() => RunOwnThread(ended)) { Name = name, IsBackground = true };
        lock (gate)
        {
            // Claimed here and not on the thread, so that a second caller is refused at once.
            Claim();
            runningThread = started.ManagedThreadId;
            thread = started;
        }

        try
        {
            started.Start();
        }
        catch
        {
            thread = null;
            Unclaim();
            throw;
        }

        return ended.Task;
    }

    /// <summary>Runs the loop on the calling thread, until <see cref="Stop"/>.</summary>
    /// <param name="token">Ends it from outside, as <see cref="Stop"/> does, but only this run.</param>
    /// <exception cref="InvalidOperationException">The loop runs already, on this thread or
    /// another.</exception>
    /// <exception cref="ObjectDisposedException">The loop is disposed.</exception>
    /// <remarks>
    /// What a callback throws comes out here; the loop can be run again, and has lost no event.
    /// </remarks>
    public void Run(CancellationToken token = default)
    {
        lock (gate)
        {
            Claim();
        }

        try
        {
            RunUntilStop(token);
        }
        finally
        {
            Unclaim();
        }
    }

    /// <summary>
    /// Waits until there is something, calls back for all that is there, and returns: for a program that has
    /// a main loop of its own.
    /// </summary>
    /// <param name="timeout">The longest to wait; zero not to wait at all,
    /// <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</param>
    /// <returns>How many files had something. 0 after the time, a <see cref="Stop"/> or a
    /// <see cref="Wake"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative, or above some 24 days.</exception>
    /// <inheritdoc cref="Run"/>
    public int RunOnce(TimeSpan timeout)
    {
        Deadline deadline = new(timeout);
        lock (gate)
        {
            Claim();
        }

        try
        {
            while (true)
            {
                int called = Dispatch(deadline.Milliseconds, out bool woken);
                if (called > 0 || woken || deadline.IsOver)
                {
                    Interlocked.Exchange(ref stopRequested, 0);
                    return called;
                }
            }
        }
        finally
        {
            Unclaim();
        }
    }

    /// <summary>
    /// Ends the run in progress, or the next one if there is none. Any thread may call it, also a callback;
    /// it does not wait.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The loop is disposed.</exception>
    public void Stop()
    {
        Volatile.Write(ref stopRequested, 1);
        wake.Signal();
    }

    /// <summary>Makes the waiting in progress, or the next one, end early: see
    /// <see cref="RunOnce"/>.</summary>
    /// <exception cref="ObjectDisposedException">The loop is disposed.</exception>
    public void Wake() => wake.Signal();

    /// <summary>Stops the loop, waits for its run to end, and lets go of all files.</summary>
    /// <remarks>
    /// After it no callback is called any more. From inside a callback it returns at once, and the run ends
    /// when the callback does. Do not hold a lock that a callback waits for.
    /// </remarks>
    public void Dispose()
    {
        Thread? own;
        lock (gate)
        {
            own = thread;
            if (!disposed)
            {
                disposed = true;
                wake.Signal();
                foreach (EventRegistration registration in registrations.Values)
                {
                    Forget(registration);
                }

                registrations.Clear();
            }

            if (runningThread == Environment.CurrentManagedThreadId)
            {
                return; // The end of the run closes.
            }

            while (runningThread != 0)
            {
                Monitor.Wait(gate);
            }
        }

        own?.Join();
        Close();
    }

    private void RunOwnThread(TaskCompletionSource ended)
    {
        Exception? failure = null;
        try
        {
            RunUntilStop(CancellationToken.None);
        }
        catch (Exception e)
        {
            failure = e;
        }

        Unclaim();
        if (failure is null)
        {
            ended.SetResult();
        }
        else
        {
            ended.SetException(failure);
        }
    }

    private void RunUntilStop(CancellationToken token)
    {
        using CancellationTokenRegistration wakeWhenCancelled =
            token.UnsafeRegister(static loop => ((EventLoop)loop!).wake.Signal(), this);
        while (!IsEndWanted(token))
        {
            Dispatch(Deadline.None, out _);
        }
    }

    private bool IsEndWanted(CancellationToken token) =>
        Interlocked.Exchange(ref stopRequested, 0) != 0
        || token.IsCancellationRequested
        || Volatile.Read(ref disposed);

    // One wait, and the callbacks of what it brought.
    private int Dispatch(int milliseconds, out bool woken)
    {
        woken = false;
        int called = 0;
        int count = epoll.Wait(milliseconds);
        for (int i = 0; i < count; i++)
        {
            (uint events, ulong key) = epoll[i];
            if (key == WakeKey)
            {
                woken = true;
                wake.TryTake(out _);
            }
            else if (Enter(key) is EventRegistration registration)
            {
                called++;
                try
                {
                    registration.Call((FileEvents)events);
                }
                finally
                {
                    Leave();
                }
            }
        }

        return called;
    }

    // Null where the registration has been removed since the kernel told of it.
    private EventRegistration? Enter(ulong key)
    {
        lock (gate)
        {
            current = registrations.GetValueOrDefault(key);
            return current;
        }
    }

    private void Leave()
    {
        lock (gate)
        {
            current = null;
            Monitor.PulseAll(gate);
        }
    }

    // With the gate held, which Wait gives up meanwhile.
    private void WaitForCallback(EventRegistration registration)
    {
        while (current == registration && runningThread != Environment.CurrentManagedThreadId)
        {
            Monitor.Wait(gate);
        }
    }

    // With the gate held.
    private void Claim()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (runningThread != 0)
        {
            string where = runningThread == Environment.CurrentManagedThreadId ? "this" : "another";
            throw new InvalidOperationException(
                $"the event loop is running on {where} thread already; one thread at a time can run it");
        }

        runningThread = Environment.CurrentManagedThreadId;
    }

    private void Unclaim()
    {
        bool close;
        lock (gate)
        {
            runningThread = 0;
            close = disposed;
            Monitor.PulseAll(gate);
        }

        if (close)
        {
            Close();
        }
    }

    private void Close()
    {
        epoll.Dispose();
        wake.Dispose();
    }
}
