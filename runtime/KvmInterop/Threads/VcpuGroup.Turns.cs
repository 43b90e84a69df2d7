namespace KvmInterop;

/// <content>The life of the threads: what they ask between two runs, and how they end.</content>
public sealed partial class VcpuGroup
{
    /// <summary>
    /// Waits on a vCPU's thread, outside of a run, until it may run. The token ends that run when the group
    /// wants the thread back; null when it must end.
    /// </summary>
    internal CancellationToken? AwaitTurn(VcpuThread thread)
    {
        for (bool waited = false; ; waited = true)
        {
            lock (gate)
            {
                if (ending)
                {
                    return null;
                }

                if (MayRun(thread))
                {
                    if (waited)
                    {
                        thread.Vcpu.TellGuestOfPause();
                    }

                    return thread.BeginTurn();
                }

                thread.BeginParking();
                Monitor.PulseAll(gate);
            }

            thread.AwaitWake();
        }
    }

    /// <summary>Has a stop judged, on the vCPU's thread; false if the thread must end.</summary>
    internal bool GoesOnAfter(VcpuThread thread, VcpuStop stop)
    {
        lock (gate)
        {
            thread.LastStop = stop;
            thread.StopCount++;
            thread.IsResumeAsked = false;
        }

        // A vCPU that is gone cannot be resumed, so nobody is asked.
        VcpuStopDecision decision = thread.Vcpu.IsDisposed
            ? VcpuStopDecision.EndThis
            : stopHandler?.Invoke(thread, stop) ?? VcpuStopDecision.Default;
        if (decision == VcpuStopDecision.Default)
        {
            decision = stop is VcpuStop.Halted or VcpuStop.Requested
                ? VcpuStopDecision.EndThis
                : VcpuStopDecision.EndGroup;
        }

        lock (gate)
        {
            switch (decision)
            {
                case VcpuStopDecision.Resume:
                    return true;
                case VcpuStopDecision.Park:
                    thread.IsHeld = !thread.IsResumeAsked;
                    EndSolo(thread);
                    return true;
                case VcpuStopDecision.EndThis:
                    return false;
                case VcpuStopDecision.EndGroup:
                    BeginEnd(new VcpuGroupResult(thread, stop));
                    return false;
                default:
                    throw new InvalidOperationException(
                        $"the stop handler decided {decision} for {thread}, which is no decision");
            }
        }
    }

    /// <summary>The last thing that a vCPU's thread does.</summary>
    internal void End(VcpuThread thread, Exception? problem)
    {
        lock (gate)
        {
            thread.State = VcpuThreadState.Ended;
            EndSolo(thread);
            if (problem is not null)
            {
                thread.Failure = problem;
                failure ??= problem;
                BeginEnd(VcpuGroupResult.FromOutside);
            }
            else if (AllEnded())
            {
                BeginEnd(new VcpuGroupResult(thread, thread.LastStop ?? new VcpuStop.Requested()));
            }

            FinishIfEnded();
            Monitor.PulseAll(gate);
        }
    }

    // The rest is for the holder of the gate, unless it says otherwise.
    private bool AllEnded() => Array.TrueForAll(threads, t => t.State == VcpuThreadState.Ended);

    private bool StartThreads()
    {
        try
        {
            foreach (VcpuThread thread in threads)
            {
                thread.Start();
            }
        }
        catch (Exception e)
        {
            failure = e;
            BeginEnd(VcpuGroupResult.FromOutside);
        }

        // Each that was made sets itself up, and then parks because the group does not run yet, or ends.
        while (Array.Exists(threads, t => t.State == VcpuThreadState.NotStarted))
        {
            Monitor.Wait(gate);
        }

        running = true;
        LetRun();
        return failure is null;
    }

    private void LetRun()
    {
        foreach (VcpuThread thread in threads)
        {
            LetRun(thread);
        }
    }

    private void LetRun(VcpuThread thread)
    {
        if (thread.State == VcpuThreadState.Parked && (ending || MayRun(thread)))
        {
            thread.Wake();
        }
    }

    private void BeginEnd(VcpuGroupResult why)
    {
        if (ending)
        {
            return;
        }

        ending = true;
        result = why;
        foreach (VcpuThread thread in threads)
        {
            if (thread.State == VcpuThreadState.Running)
            {
                thread.Interrupt();
            }
            else if (!thread.IsThreadMade)
            {
                thread.State = VcpuThreadState.Ended;
            }
        }

        LetRun();
        FinishIfEnded();
        Monitor.PulseAll(gate);
    }

    private void FinishIfEnded()
    {
        if (ending && !finishing && AllEnded())
        {
            // Not here, on the last thread: it cannot wait for its own end.
            finishing = true;
            ThreadPool.UnsafeQueueUserWorkItem(static group => group.Finish(), this, preferLocal: false);
        }
    }

    /// <summary>Not under the gate, and not on a thread of the group.</summary>
    private void AwaitEnd(CancellationToken token)
    {
        AwaitWithGate(() => finishing, token);
        Finish();
    }

    /// <summary>
    /// Waits until the threads are gone, then gives out the result. For several callers; the first does it.
    /// </summary>
    private void Finish()
    {
        foreach (VcpuThread thread in threads)
        {
            thread.Join();
        }

        stopWhenCancelled.Unregister();
        if (failure is not null)
        {
            completion.TrySetException(failure);
        }
        else
        {
            completion.TrySetResult(result!);
        }
    }

    /// <summary>Not under the gate: waits until the condition, which it asks for under the gate, is true.
    /// </summary>
    private void AwaitWithGate(Func<bool> condition, CancellationToken token)
    {
        // Outside of the gate, because its end waits for a callback that is under way, and that wants the
        // gate.
        using CancellationTokenRegistration wakeWhenCancelled =
            token.UnsafeRegister(static group => ((VcpuGroup)group!).WakeWaiting(), this);
        lock (gate)
        {
            while (!condition())
            {
                token.ThrowIfCancellationRequested();
                Monitor.Wait(gate);
            }
        }
    }

    private void WakeWaiting()
    {
        lock (gate)
        {
            Monitor.PulseAll(gate);
        }
    }
}
