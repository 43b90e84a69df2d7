using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class Vcpu
{
    // For those who kick: no run; one in progress; somebody is sending its thread the signal; the signal was
    // sent, which ends the KVM_RUN in progress. The next one is ended by the flag.
    private const int Outside = 0;
    private const int Running = 1;
    private const int Sending = 2;
    private const int Sent = 3;

    private int state;
    private nint nativeThread;

    // Somebody has kicked since the last interruption. The flag in kvm_run says the same to the kernel, but
    // it is also set for other reasons.
    private bool kickWaits;

    // Only for the running thread: before KVM_RUN is called there is something to look at, which is the next
    // member or a part of an access that waits.
    private bool hasNews;

    // It was told, by an interruption, that the vCPU is being disposed.
    private bool endAnnounced;

    /// <summary>
    /// Begins a run: from here to the scope's Dispose, the calling thread alone runs this vCPU.
    /// </summary>
    /// <remarks>
    /// Lets the kick signal through on the thread; the scope's Dispose undoes it. Costs a system call, so
    /// begin once for many exits.
    /// </remarks>
    /// <exception cref="InvalidOperationException">It is running, on this thread or another.</exception>
    /// <exception cref="ObjectDisposedException">It is disposed.</exception>
    public VcpuRunScope BeginRun() => BeginRunOf(handlers: false);

    /// <param name="handlers">
    /// What runs on this thread between two KVM_RUNs is a device or a handler, which may yet have to answer.
    /// </param>
    internal VcpuRunScope BeginRunOf(bool handlers)
    {
        Claim();
        bool held = false;
        try
        {
            handle.DangerousAddRef(ref held);
            bool wasBlocked = Signals.UnblockOnThisThread(kickSignal);
            nativeThread = Signals.ThisThread();
            dispatches = handlers;

            // A full fence: who found no run before it has set the flag before KVM_RUN looks.
            Interlocked.Exchange(ref state, Running);
            return new VcpuRunScope(this, wasBlocked);
        }
        catch
        {
            if (held)
            {
                handle.DangerousRelease();
            }

            Unclaim();
            throw;
        }
    }

    /// <summary>
    /// Makes the KVM_RUN in progress, or else the next one, return with <see cref="VcpuExit.IsInterrupted"/>.
    /// For any thread, at any time; no kick is lost, and some may arrive as one.
    /// </summary>
    /// <remarks>
    /// Sets <c>immediate_exit</c> in <c>kvm_run</c>, which stops a KVM_RUN that is about to begin, and sends
    /// the kick signal to the run's thread, if it is another one and no signal is on its way. A kick says
    /// nothing by itself: write down first what is wanted, then kick. Devices and handlers go on; of the
    /// system calls that they make, those that no handler of a signal lets go on (signal(7): poll,
    /// epoll_wait, nanosleep) may end with EINTR, which .NET's own methods expect. On a disposed vCPU it does
    /// nothing. It makes at most one interruption.
    /// </remarks>
    public void Kick()
    {
        if (!handle.TryAddReference())
        {
            return;
        }

        try
        {
            Exits.AddKick();
            Volatile.Write(ref kickWaits, true);
            Interlocked.MemoryBarrier();
            RunMemory.SetImmediateExit(handle, 1);
            KickThread();
        }
        finally
        {
            handle.DangerousRelease();
        }
    }

    /// <summary>One KVM_RUN. Only for the scope that began the run.</summary>
    internal VcpuExit RunOnce()
    {
        if (hasNews)
        {
            ObjectDisposedException.ThrowIf(endAnnounced, this);
            return Hand(TakePart());
        }

        // No fence: who kicks sends its signal wherever the thread of a run is, and Bus.Synchronize has the
        // fence of both sides.
        Volatile.Write(ref crossings, crossings + 1);
        int error = handle.Fd.Run() < 0 ? Marshal.GetLastPInvokeError() : 0;
        Volatile.Write(ref crossings, crossings + 1);
        return error == 0 ? Hand(lastExit = RunMemory.ExitReason(handle)) : AfterError(error);
    }

    internal void EndRun(bool wasBlocked)
    {
        dispatches = false;
        LeaveToNobody();
        if (wasBlocked)
        {
            Signals.BlockOnThisThread(kickSignal);
        }

        handle.DangerousRelease();
        Unclaim();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private VcpuExit Hand(KvmExitReason reason)
    {
        DeliverKeptBack();
        See(reason);
        return VcpuExit.FromRun(handle, reason);
    }

    // Before the exit is anybody's: an access must not overtake the writes that KVM kept back
    // (api.rst, 4.116).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void DeliverKeptBack()
    {
        if (handle.Vm.Coalesced is CoalescedWrites writes && writes.AreThere(handle))
        {
            DeliverFirst(writes);
        }
    }

    private void DeliverFirst(CoalescedWrites writes)
    {
        // The exit's answer is open for those devices too, and if one throws, the exit comes with the next
        // run.
        KvmExitReason reason = lastExit;
        bool before = dispatches;
        dispatches = true;
        try
        {
            writes.Deliver(handle);
        }
        catch when (lastExit == reason && !partWaits)
        {
            PutAside();
            throw;
        }
        finally
        {
            dispatches = before;
        }
    }

    private VcpuExit AfterError(int error)
    {
        switch (error)
        {
            case Errno.EINTR:
            case Errno.EAGAIN: // A secondary x86 processor that was called out while it waited to be started.
                // The kernel leaves immediate_exit as it is. Cleared before the caller looks at what was
                // wanted of it: a kick from here on sets it again and is seen by the next KVM_RUN.
                lastExit = KvmExitReason.KVM_EXIT_INTR;
                Volatile.Write(ref kickWaits, false);
                RunMemory.SetImmediateExit(handle, 0);
                Interlocked.MemoryBarrier();
                EndSignal();
                hasNews = endAnnounced = disposed;
                DeliverKeptBack();
                See(KvmExitReason.KVM_EXIT_INTR);
                return VcpuExit.Interrupted(handle);

#if KVM_EXIT_MEMORY_FAULT
            case Errno.EFAULT or Errno.EHWPOISON when RunMemory.TakeMemoryFault(handle):
                lastExit = KvmExitReason.KVM_EXIT_MEMORY_FAULT;
                DeliverKeptBack();
                See(KvmExitReason.KVM_EXIT_MEMORY_FAULT);
                return VcpuExit.Faulted(handle, error);
#endif

            default:
                throw new KvmException("KVM_RUN", error, KvmFdKind.Vcpu, $"vCPU {Id}");
        }
    }

    private void KickThread()
    {
        // A device or a handler on the run's own thread: the flag stands before the next KVM_RUN.
        if (IsRunningHere)
        {
            return;
        }

        SpinWait spin = default;
        while (true)
        {
            switch (Interlocked.CompareExchange(ref state, Sending, Running))
            {
                case Outside:
                case Sent:
                    // A signal that has ended meanwhile ended before EndSignal's exchange, and the flag was
                    // set before this one: the next KVM_RUN sees it.
                    return;
                case Sending:
                    // Somebody else, but perhaps for a kick that was over before this one.
                    spin.SpinOnce();
                    continue;
            }

            // The thread lives, and stays in its run, until this is over: LeaveToNobody waits for it. No
            // signal if there was an interruption since this kick began, or it would make a second one.
            bool isWanted = Volatile.Read(ref kickWaits);
            int error = isWanted ? Signals.Send(nativeThread, kickSignal) : 0;
            Volatile.Write(ref state, isWanted && error == 0 ? Sent : Running);
            if (error == 0)
            {
                return;
            }

            // The user has as many queued signals as it may have (EAGAIN): try until one fits or the exit
            // comes.
            Thread.Sleep(1);
        }
    }

    // With the flags cleared: what is sent from here on is for a kick that comes after this interruption.
    private void EndSignal()
    {
        WaitForSender();
        if (Volatile.Read(ref state) == Sent)
        {
            // Where the flag alone ended KVM_RUN it may still wait, and would end the next one for nothing.
            Signals.Deliver();
            Interlocked.CompareExchange(ref state, Running, Sent);
        }
    }

    private void LeaveToNobody()
    {
        int before;
        do
        {
            WaitForSender();
            before = Volatile.Read(ref state);
        }
        while (before == Sending || Interlocked.CompareExchange(ref state, Outside, before) != before);
    }

    // Somebody is between his look at the state and the end of his system call: a matter of microseconds.
    private void WaitForSender()
    {
        SpinWait spin = default;
        while (Volatile.Read(ref state) == Sending)
        {
            spin.SpinOnce();
        }
    }

    private void Claim()
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (runningThread != 0)
            {
                string where = runningThread == Environment.CurrentManagedThreadId ? "this" : "another";
                throw new InvalidOperationException(
                    $"vCPU {Id} is running on {where} thread already; one thread at a time can run it");
            }

            runningThread = Environment.CurrentManagedThreadId;
        }
    }

    private void Unclaim()
    {
        lock (gate)
        {
            runningThread = 0;
            runEnded?.Set();
        }
    }
}
