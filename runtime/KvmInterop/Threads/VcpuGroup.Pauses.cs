namespace KvmInterop;

/// <content>Pauses of all, and of single threads.</content>
public sealed partial class VcpuGroup
{
    private int pauses;

    // The one thread that runs although there is a pause, and the pause that allowed it.
    private VcpuThread? solo;
    private VcpuPause? soloPause;

    /// <summary>
    /// Brings all vCPUs out of their runs, and comes back when each is parked with nothing half-way, so that
    /// any thread may read, save or set the state of all.
    /// </summary>
    /// <remarks>
    /// <para>Those that have ended or are not started yet do not matter; those that are started meanwhile
    /// park. One that is inside a device or a handler finishes it first: do not hold a lock that a device
    /// waits for.</para>
    /// <para>Pauses nest, also on several threads: the vCPUs go on when the last is disposed, but for those
    /// that <see cref="VcpuStopDecision.Park"/> or <see cref="VcpuThread.Park"/> keeps. On x86 the guest's
    /// clock is told then that time has passed (KVM_KVMCLOCK_CTRL).</para>
    /// <para>From the stop handler it waits for all others.</para>
    /// </remarks>
    /// <param name="token">Ends the wait, and with it the pause.</param>
    /// <returns>Its Dispose resumes.</returns>
    /// <exception cref="InvalidOperationException">Called from inside of a run of a vCPU of the group.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    /// <exception cref="ObjectDisposedException">The group is disposed.</exception>
    public VcpuPause Pause(CancellationToken token = default)
    {
        RefuseInsideRun(nameof(Pause));
        VcpuPause pause = RequestPause();
        try
        {
            AwaitParked(token);
            return pause;
        }
        catch
        {
            pause.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Begins a pause without a wait, for devices and handlers of exits: no run that comes back goes on.
    /// <see cref="VcpuPause.Wait"/>, on another thread, tells when all are parked.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The group is disposed.</exception>
    public VcpuPause RequestPause()
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            pauses++;
            foreach (VcpuThread thread in threads)
            {
                CallBack(thread);
            }

            return new VcpuPause(this);
        }
    }

    internal void EndPause(VcpuPause pause)
    {
        lock (gate)
        {
            pauses--;
            if (soloPause == pause)
            {
                EndSolo(solo!);
            }

            LetRun();
        }
    }

    /// <summary>Waits until all vCPUs are parked; from a stop handler, all others.</summary>
    internal void AwaitParked(CancellationToken token) => AwaitParked(null, token);

    /// <summary>Lets one thread run until its next stop that does not resume it, or the token.</summary>
    internal VcpuStop RunAlone(VcpuPause pause, VcpuThread thread, CancellationToken token)
    {
        if (thread.Group != this)
        {
            throw new ArgumentException($"{thread} is of another group", nameof(thread));
        }

        if (thread == OwnThread())
        {
            throw new InvalidOperationException(
                $"{thread} cannot run while it waits here for itself; call RunAlone on another thread");
        }

        AwaitParked(token);
        long stopsBefore;
        lock (gate)
        {
            CheckSolo(thread);
            stopsBefore = thread.StopCount;
            solo = thread;
            soloPause = pause;
            LetRun(thread);
        }

        try
        {
            AwaitWithGate(() => solo != thread || soloPause != pause, token);
        }
        catch (OperationCanceledException)
        {
            lock (gate)
            {
                if (solo == thread && soloPause == pause)
                {
                    EndSolo(thread);
                }
            }
        }

        AwaitParked(thread, default);
        lock (gate)
        {
            return thread.StopCount > stopsBefore ? thread.LastStop! : new VcpuStop.Requested();
        }
    }

    internal void Resume(VcpuThread thread)
    {
        lock (gate)
        {
            thread.IsHeld = false;
            thread.IsResumeAsked = true;
            LetRun(thread);
        }
    }

    internal void Park(VcpuThread thread, CancellationToken token)
    {
        if (thread != OwnThread())
        {
            RefuseInsideRun(nameof(Park));
        }

        lock (gate)
        {
            thread.IsHeld = true;
            CallBack(thread);
        }

        if (thread != OwnThread())
        {
            AwaitParked(thread, token);
        }
    }

    private bool MayRun(VcpuThread thread) =>
        running && (pauses == 0 ? !thread.IsHeld : pauses == 1 && solo == thread);

    private void CallBack(VcpuThread thread)
    {
        if (thread.State == VcpuThreadState.Running && !MayRun(thread))
        {
            thread.Interrupt();
        }
    }

    private void EndSolo(VcpuThread thread)
    {
        if (solo == thread)
        {
            solo = null;
            soloPause = null;
            CallBack(thread);
            Monitor.PulseAll(gate);
        }
    }

    private void CheckSolo(VcpuThread thread)
    {
        if (thread.State is VcpuThreadState.NotStarted or VcpuThreadState.Ended)
        {
            throw new InvalidOperationException(
                $"{thread} cannot run alone: it {(thread.State == VcpuThreadState.Ended ? "has ended"
                    : "is not started")}");
        }

        if (solo is not null)
        {
            throw new InvalidOperationException(
                $"{thread} cannot run alone, because {solo} does already; one at a time");
        }
    }

    /// <summary>
    /// Not under the gate: waits until one thread, or all for null, is out of its run, if it may not run.
    /// </summary>
    private void AwaitParked(VcpuThread? which, CancellationToken token)
    {
        RefuseInsideRun("waiting for parked vCPUs");
        VcpuThread? self = OwnThread();
        try
        {
            SetWaitingForOthers(self, true);
            AwaitWithGate(() => which is null ? Array.TrueForAll(threads, IsOut) : IsOut(which), token);
        }
        finally
        {
            SetWaitingForOthers(self, false);
        }

        // Two stop handlers that wait for each other would do so for ever: each counts for the other. One
        // that may run is not to be waited for: it runs alone, or somebody has resumed it meanwhile.
        bool IsOut(VcpuThread thread) => thread.State != VcpuThreadState.Running
            || thread == self || thread.IsWaitingForOthers || MayRun(thread);
    }

    private void SetWaitingForOthers(VcpuThread? thread, bool waiting)
    {
        if (thread is not null)
        {
            lock (gate)
            {
                thread.IsWaitingForOthers = waiting;
                Monitor.PulseAll(gate);
            }
        }
    }

    private VcpuThread? OwnThread() => VcpuThread.Current is { } thread && thread.Group == this ? thread : null;

    private void RefuseInsideRun(string what)
    {
        if (OwnThread() is { Vcpu.IsRunningHere: true } thread)
        {
            throw new InvalidOperationException(
                $"{what} was called from a device or a handler of exits of {thread}, whose run would wait for "
                + "itself; use RequestPause there, or call it on another thread");
        }
    }
}
