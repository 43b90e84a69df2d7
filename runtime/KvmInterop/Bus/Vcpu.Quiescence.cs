namespace KvmInterop;

public sealed partial class Vcpu
{
    // How often the running thread has entered or left KVM_RUN: odd inside. Written by it alone.
    private long crossings;

    internal bool IsRunningHere => Volatile.Read(ref runningThread) == Environment.CurrentManagedThreadId;

    /// <summary>
    /// Waits until the device or handler has returned in which the vCPU's thread may be now.
    /// </summary>
    /// <remarks>
    /// What was changed before the call is seen by every access after it: the fence here is one for all threads
    /// of the process (membarrier(2)). A vCPU's thread that is inside KVM_RUN after it looks at the bus after
    /// it, too; one that is outside is waited for until the count moves, which says that it was inside since.
    /// </remarks>
    internal void WaitUntilOutsideOfDevices()
    {
        Interlocked.MemoryBarrierProcessWide();
        long seen = Volatile.Read(ref crossings);
        SpinWait spin = default;
        while (Volatile.Read(ref runningThread) != 0
            && long.IsEvenInteger(seen)
            && Volatile.Read(ref crossings) == seen)
        {
            spin.SpinOnce();
        }
    }
}
