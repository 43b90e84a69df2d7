namespace KvmInterop.Machine;

/// <content>Who runs, and what stops it.</content>
public sealed partial class VmGdbTarget
{
    /// <inheritdoc/>
    public Task<GdbStop> ResumeAsync(IReadOnlyList<GdbResume> threads)
    {
        ArgumentNullException.ThrowIfNull(threads);
        TaskCompletionSource<GdbStop> stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            if (pending.TryDequeue(out GdbStop? earlier))
            {
                return Task.FromResult(earlier);
            }

            waiting = stopped;
        }

        for (int i = 0; i < this.threads.Length; i++)
        {
            Prepare(this.threads[i], threads.FirstOrDefault(one => one.Thread == i + 1));
        }

        pause?.Dispose();
        if (group.Completion.IsCompleted)
        {
            ReportEnd();
        }

        return StopAllAfterAsync(stopped.Task);
    }

    /// <inheritdoc/>
    public void Interrupt()
    {
        if (group.Completion.IsCompleted)
        {
            ReportEnd();
            return;
        }

        int first = Array.FindIndex(threads, thread => thread.State != VcpuThreadState.Ended);
        Report(new GdbStop(Math.Max(first, 0) + 1, GdbStop.Interrupted), mayWait: false);
    }

    // Threads that the debugger does not name stay where they are, whatever the rest does.
    private void Prepare(VcpuThread thread, GdbResume resume)
    {
        if (thread.State == VcpuThreadState.Ended)
        {
            return;
        }

        if (resume.Thread == 0)
        {
            parked.Add(thread);
            thread.Park();
            return;
        }

        debugger.Arm(thread.Vcpu, resume.IsStep);
        if (parked.Remove(thread))
        {
            thread.Resume();
        }
    }

    private async Task<GdbStop> StopAllAfterAsync(Task<GdbStop> stopped)
    {
        GdbStop stop = await stopped.ConfigureAwait(false);
        pause = stop.Signal == 0 ? null : group.Pause();
        return stop;
    }

    // The group's stop handler, on the vCPU's thread.
    private VcpuStopDecision Judge(VcpuThread thread, VcpuStop stop)
    {
        stop = debugger.Recognize(thread.Vcpu, stop);
        if (stop is VcpuStop.Debug debug)
        {
            if (!debugger.Claim(thread.Vcpu, debug.Event))
            {
                return VcpuStopDecision.Resume;
            }

            GdbBreakpoint? breakpoint = BreakpointOf(debug.Event);
            bool comesAgain = debug.Event.Kind != DebugEventKind.Watchpoint;
            return Keep(thread, new GdbStop(NumberOf(thread), GdbStop.Trap, breakpoint), !comesAgain);
        }

        VcpuStopDecision decision = handlerBefore?.Invoke(thread, stop) ?? VcpuStopDecision.Default;
        if (decision != VcpuStopDecision.Default || stop is VcpuStop.Requested)
        {
            return decision;
        }

        int signal = stop is VcpuStop.Halted or VcpuStop.SystemEvent ? GdbStop.Terminated : GdbStop.Abort;
        return Keep(thread, new GdbStop(NumberOf(thread), signal, null, $"{thread}: {stop}"), mayWait: true);
    }

    private VcpuStopDecision Keep(VcpuThread thread, GdbStop stop, bool mayWait)
    {
        lock (gate)
        {
            parked.Add(thread);
        }

        Report(stop, mayWait);
        return VcpuStopDecision.Park;
    }

    // The first of several stops at a time is told. A breakpoint in an instruction comes again when its
    // thread goes on; the others wait for the next resume.
    private void Report(GdbStop stop, bool mayWait)
    {
        lock (gate)
        {
            if (waiting is not null)
            {
                waiting.SetResult(stop);
                waiting = null;
            }
            else if (mayWait)
            {
                pending.Enqueue(stop);
            }
        }
    }

    private void ReportEnd() => Report(new GdbStop(1, 0), mayWait: false);

    private GdbBreakpoint? BreakpointOf(DebugEvent happened) => happened.Kind switch
    {
        DebugEventKind.SoftwareBreakpoint => new(GdbBreakpointKind.Software, happened.Address, 1),
        DebugEventKind.HardwareBreakpoint => new(GdbBreakpointKind.Hardware, happened.Address, 1),
        DebugEventKind.Watchpoint => WatchOf(happened),
        _ => null,
    };

    // x86 tells the register's number, arm64 the address.
    private GdbBreakpoint? WatchOf(DebugEvent happened)
    {
        HardwareBreakpoint watch = happened.Slot >= 0 && happened.Slot < debugger.Hardware.Length
            ? debugger.Hardware[happened.Slot]
            : debugger.Hardware.FirstOrDefault(one => one.Kind != BreakpointKind.Execute
                && happened.Address - one.Address < (ulong)one.Length);
        return watch == default ? null : watch.Kind switch
        {
            BreakpointKind.Write => new(GdbBreakpointKind.Write, watch.Address, watch.Length),
            BreakpointKind.Read => new(GdbBreakpointKind.Read, watch.Address, watch.Length),
            _ => new(GdbBreakpointKind.Access, watch.Address, watch.Length),
        };
    }

    private int NumberOf(VcpuThread thread) => Array.IndexOf(threads, thread) + 1;
}
