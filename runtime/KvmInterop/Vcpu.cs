using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>A virtual processor: its state, and the mapped <c>kvm_run</c> through which it reports.</summary>
/// <remarks>
/// One thread at a time runs it (<see cref="BeginRun"/> or a <see cref="RunLoop"/>), best a thread of its
/// own, and always the same. While it runs, the kernel makes every other ioctl on it wait; this class refuses
/// them instead. <see cref="Kick"/>, <see cref="Id"/> and <see cref="Dispose"/> are for any thread at any
/// time.
/// </remarks>
public sealed partial class Vcpu : IDisposable
{
    private readonly VcpuHandle handle;
    private readonly int kickSignal;
    private readonly WeakSet<Vcpu>.Place seenByMeter;
    private readonly Lock gate = new();

    // The run in progress, under the gate: 0, or the managed id of its thread.
    private int runningThread;
    private ManualResetEventSlim? runEnded;
    private volatile bool disposed;

    internal Vcpu(VcpuHandle handle, uint id, int kickSignal)
    {
        this.handle = handle;
        this.kickSignal = kickSignal;
        Id = id;
        Self = new WeakReference<Vcpu>(this);
        seenByMeter = KvmLifetime.Created(this);
    }

    /// <summary>The number that KVM_CREATE_VCPU was given.</summary>
    public uint Id { get; }

    /// <summary>
    /// The file's typed descriptor, for generated calls. Not owned: this object must stay alive. No checks
    /// stand before calls through it: during KVM_RUN they wait, until the vCPU is kicked, and after an exit
    /// they may find the state in the middle of an instruction; see <see cref="FinishAccess"/>.
    /// </summary>
    /// <exception cref="ObjectDisposedException">This object is disposed.</exception>
    public KvmVcpuFd Fd
    {
        get
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return handle.Fd;
        }
    }

    /// <summary>
    /// The owner of the vCPU's file and of its mapped <c>kvm_run</c>, for code that must keep them.
    /// </summary>
    public SafeHandle Handle => handle;

    internal bool IsDisposed => disposed;

    /// <summary>One for all who refer to it and must not keep it: the meter and the buses.</summary>
    internal WeakReference<Vcpu> Self { get; }

    /// <summary>Closes the vCPU; when it runs, ends that first.</summary>
    /// <remarks>
    /// A vCPU that runs on another thread is kicked, and this call waits until that thread has left its run:
    /// after it no device is called any more. So do not hold a lock that a device waits for. From inside a
    /// run (a device or a handler on the vCPU's own thread) it returns at once, and the vCPU closes when the
    /// run ends.
    /// </remarks>
    public void Dispose()
    {
        ManualResetEventSlim? ended = null;
        bool first;
        lock (gate)
        {
            first = !disposed;
            disposed = true;
            if (runningThread != 0 && runningThread != Environment.CurrentManagedThreadId)
            {
                ended = runEnded ??= new ManualResetEventSlim();
            }
        }

        Kick();
        ended?.Wait();
        handle.Dispose();
        if (first)
        {
            KvmLifetime.Disposed(this, seenByMeter);
        }
    }

    private void CheckThread(string what)
    {
        int thread = Volatile.Read(ref runningThread);
        if (thread != 0 && thread != Environment.CurrentManagedThreadId)
        {
            throw new InvalidOperationException(
                $"{what} would wait, because vCPU {Id} is running on another thread; "
                + "call it there or stop the vCPU");
        }
    }
}
