namespace KvmInterop;

public sealed partial class Vcpu
{
    // How often the running thread has entered KVM_RUN; written by it alone.
    private long entries;

    internal bool IsRunningHere => Volatile.Read(ref runningThread) == Environment.CurrentManagedThreadId;

    /// <summary>
    /// Waits until the device or handler has returned in which the vCPU's thread may be now.
    /// </summary>
    /// <remarks>
    /// What was changed before the call is seen by every access after it: this thread's fence stands between
    /// the change and its look at the place, and the exchanges around KVM_RUN stand between the place and the
    /// look at a bus. A count that moved says that the thread was in KVM_RUN since.
    /// </remarks>
    internal void WaitUntilOutsideOfDevices()
    {
        Interlocked.MemoryBarrier();
        long seen = Volatile.Read(ref entries);
        SpinWait spin = default;
        while (Volatile.Read(ref runningThread) != 0
            && Volatile.Read(ref place) == Outside
            && Volatile.Read(ref entries) == seen)
        {
            spin.SpinOnce();
        }
    }
}
