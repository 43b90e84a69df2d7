using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class Vcpu
{
    // Where the thread is, for those who kick: outside KVM_RUN, inside, or inside with a signal being sent to
    // it.
    private const int Outside = 0;
    private const int Inside = 1;
    private const int Kicking = 2;

    private int place;
    private nint nativeThread;
    private ulong runMask;
    private bool hasRunMask;

    // Only for the running thread: it was told, by an interruption, that the vCPU is being disposed.
    private bool endAnnounced;

    /// <summary>
    /// Begins a run: from here to the scope's Dispose, the calling thread alone runs this vCPU.
    /// </summary>
    /// <remarks>
    /// Blocks the kick signal on the thread and gives KVM the mask under which it is let through inside
    /// KVM_RUN (KVM_SET_SIGNAL_MASK); the scope's Dispose undoes it. Costs two or three system calls, so
    /// begin once for many exits.
    /// </remarks>
    /// <exception cref="InvalidOperationException">It is running, on this thread or another.</exception>
    /// <exception cref="ObjectDisposedException">It is disposed.</exception>
    /// <exception cref="KvmException">KVM_SET_SIGNAL_MASK failed.</exception>
    public VcpuRunScope BeginRun()
    {
        Claim();
        bool held = false;
        bool blocked = false;
        SignalSet before = default;
        try
        {
            handle.DangerousAddRef(ref held);
            before = Signals.BlockOnThisThread(kickSignal);
            blocked = true;
            SetRunMask(before.Kernel & ~SignalSet.Bit(kickSignal));
            nativeThread = Signals.ThisThread();
            return new VcpuRunScope(this, before);
        }
        catch
        {
            if (blocked)
            {
                Signals.RestoreOnThisThread(kickSignal, before);
            }

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
    /// the kick signal to the thread that is inside one. A kick says nothing by itself: write down first what
    /// is wanted, then kick. It does not interrupt devices and handlers. On a disposed vCPU it does nothing.
    /// </remarks>
    public void Kick()
    {
        if (!handle.TryAddReference())
        {
            return;
        }

        try
        {
            RunMemory.SetImmediateExit(handle, 1);

            // The exchange is a full fence between the flag and the look at the place, and Enter has its own
            // between the place and the kernel's look at the flag: one of the two sees the other.
            while (Interlocked.CompareExchange(ref place, Kicking, Inside) == Inside)
            {
                // The thread lives, and stays in its run, until the place is given back: Leave waits for it.
                int error = Signals.Send(nativeThread, kickSignal);
                Volatile.Write(ref place, Inside);
                if (error == 0)
                {
                    return;
                }

                // The user has as many queued signals as it may have (EAGAIN): try until one fits or the exit
                // comes.
                Thread.Sleep(1);
            }
        }
        finally
        {
            handle.DangerousRelease();
        }
    }

    /// <summary>One KVM_RUN. Only for the scope that began the run.</summary>
    internal VcpuExit RunOnce()
    {
        ObjectDisposedException.ThrowIf(endAnnounced, this);
        Volatile.Write(ref entries, entries + 1);
        Interlocked.Exchange(ref place, Inside);
        int error = handle.Fd.Run() < 0 ? Marshal.GetLastPInvokeError() : 0;
        if (Interlocked.CompareExchange(ref place, Outside, Inside) != Inside)
        {
            LeaveAfterKick();
        }

        // Before the exit is anybody's: an access must not overtake the writes that KVM kept back
        // (api.rst, 4.116).
        handle.Vm.Coalesced?.Deliver(handle);
        return error == 0 ? VcpuExit.FromRun(handle) : AfterError(error);
    }

    internal void EndRun(SignalSet before)
    {
        Signals.RestoreOnThisThread(kickSignal, before);
        handle.DangerousRelease();
        Unclaim();
    }

    private VcpuExit AfterError(int error)
    {
        switch (error)
        {
            case Errno.EINTR:
            case Errno.EAGAIN: // A secondary x86 processor that was called out while it waited to be started.
                // The kernel leaves immediate_exit as it is. Cleared before the caller looks at what was
                // wanted of it: a kick from here on sets it again and is seen by the next KVM_RUN.
                RunMemory.SetImmediateExit(handle, 0);
                Interlocked.MemoryBarrier();
                Signals.Drain(kickSignal);
                endAnnounced = disposed;
                return VcpuExit.Interrupted(handle);

#if KVM_EXIT_MEMORY_FAULT
            case Errno.EFAULT or Errno.EHWPOISON when RunMemory.TakeMemoryFault(handle):
                return VcpuExit.Faulted(handle, error);
#endif

            default:
                throw new KvmException("KVM_RUN", error, KvmFdKind.Vcpu, $"vCPU {Id}");
        }
    }

    private void LeaveAfterKick()
    {
        // Somebody is between his look at the place and the end of his system call: a matter of microseconds.
        SpinWait spin = default;
        while (Interlocked.CompareExchange(ref place, Outside, Inside) != Inside)
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

    private void SetRunMask(ulong mask)
    {
        if (hasRunMask && runMask == mask)
        {
            return;
        }

        KvmException.ThrowIfError(
            SignalMaskArgument.Set(handle.Fd, mask), "KVM_SET_SIGNAL_MASK", KvmFdKind.Vcpu);
        runMask = mask;
        hasRunMask = true;
    }
}
