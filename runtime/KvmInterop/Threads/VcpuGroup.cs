using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// The vCPU threads of a VM: started, paused, resumed and stopped together, with one result.
/// </summary>
/// <remarks>
/// <para>All members are for any thread at any time. Those that wait for the vCPUs refuse to be called from
/// inside of a run (a device or a handler of exits), because that run would wait for itself: there use
/// <see cref="RequestPause"/>, <see cref="Stop()"/>, or another thread.</para>
/// <para>Secondary processors need no care of their own: with an interrupt controller in the kernel their
/// KVM_RUN waits until the guest starts them, by INIT and SIPI on x86 or PSCI on arm64.</para>
/// <para>An exception of a device, a handler or KVM_RUN ends its thread, and with it the group in order: the
/// others finish the exit they are at and are joined, then it comes out of <see cref="Wait"/> and
/// <see cref="Completion"/>, once, with its stack.</para>
/// <para>Owns threads, but neither loops nor vCPUs: dispose it before the vCPUs.</para>
/// </remarks>
public sealed partial class VcpuGroup : IDisposable
{
    // Guards the life of all threads. Never taken by a vCPU between two exits of a run, and no foreign code
    // is called under it.
    private readonly object gate = new();
    private readonly TaskCompletionSource<VcpuGroupResult> completion =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Replaced as a whole under the gate, so that readers need none.
    private volatile VcpuThread[] threads = [];
    private volatile Func<VcpuThread, VcpuStop, VcpuStopDecision>? stopHandler;
    private CancellationTokenRegistration stopWhenCancelled;
    private bool startCalled;
    private bool running;
    private bool ending;
    private bool finishing;
    private bool disposed;
    private VcpuGroupResult? result;
    private Exception? failure;

    /// <summary>A group with a thread for each of these loops.</summary>
    /// <exception cref="ArgumentException">Two of the loops run the same vCPU.</exception>
    public VcpuGroup(params ReadOnlySpan<RunLoop> loops)
    {
        foreach (RunLoop loop in loops)
        {
            Add(loop);
        }
    }

    /// <summary>Its threads, in the order of <see cref="Add"/>; also those that have ended.</summary>
    public IReadOnlyList<VcpuThread> Threads => threads;

    /// <summary>
    /// Judges each stop of a vCPU, on that vCPU's thread, outside of its run; null for
    /// <see cref="VcpuStopDecision.Default"/> always. May be changed at any time.
    /// </summary>
    /// <remarks>
    /// State of the stopped vCPU may be read and set in it; for that of the others it may
    /// <see cref="Pause"/>. It is not called for pauses and for the end of the group. What it throws ends the
    /// group. A debugger answers its own stops with <see cref="VcpuStopDecision.Park"/>, and lets another
    /// thread pause the group.
    /// </remarks>
    public Func<VcpuThread, VcpuStop, VcpuStopDecision>? StopHandler
    {
        get => stopHandler;
        set => stopHandler = value;
    }

    /// <summary>
    /// Ends when all threads have ended: with the reason, or with the exception that ended the first.
    /// </summary>
    public Task<VcpuGroupResult> Completion => completion.Task;

    /// <summary>Adds a thread for a vCPU. In a group that was started it starts at once.</summary>
    /// <param name="loop">Not owned. The group alone runs it from now on.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="ArgumentException">The group has this vCPU already, or the options have no processor,
    /// one that cannot be, or a negative stack.</exception>
    /// <exception cref="InvalidOperationException">The group has ended.</exception>
    /// <exception cref="OutOfMemoryException">The system gives no further thread.</exception>
    /// <exception cref="ObjectDisposedException">The group is disposed.</exception>
    public VcpuThread Add(RunLoop loop, VcpuThreadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(loop);
        options ??= new VcpuThreadOptions();
        Check(options);
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (ending)
            {
                throw new InvalidOperationException(
                    $"the group has ended or is ending, so vCPU {loop.Vcpu.Id} would never run; "
                    + "make a new one");
            }

            if (Array.Exists(threads, other => other.Vcpu == loop.Vcpu))
            {
                throw new ArgumentException(
                    $"vCPU {loop.Vcpu.Id} has a thread in this group already; one at a time can run it",
                    nameof(loop));
            }

            VcpuThread thread = new(this, loop, options);
            if (startCalled)
            {
                thread.Start();
            }

            threads = [.. threads, thread];
            return thread;
        }
    }

    /// <summary>Starts all threads, and comes back when each is set up; then they run their guests.</summary>
    /// <param name="token">Stops the group when it is cancelled, as <see cref="Stop()"/> does. If it is already,
    /// or the group was stopped, no guest is entered.</param>
    /// <exception cref="InvalidOperationException">It was started before, or it has no vCPU.</exception>
    /// <exception cref="KvmException">A thread cannot have the processors that it should (EINVAL). All have
    /// ended.</exception>
    /// <exception cref="OutOfMemoryException">The system gives no further thread. All have ended.</exception>
    /// <exception cref="ObjectDisposedException">The group is disposed.</exception>
    public void Start(CancellationToken token = default)
    {
        RefuseInsideRun(nameof(Start));
        bool isSetUp = true;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (startCalled || threads.Length == 0)
            {
                throw new InvalidOperationException(
                    startCalled ? "the group was started before" : "the group has no vCPU; add one first");
            }

            startCalled = true;
            if (token.IsCancellationRequested)
            {
                BeginEnd(VcpuGroupResult.FromOutside);
            }

            if (!ending)
            {
                isSetUp = StartThreads();
            }
        }

        if (!isSetUp)
        {
            AwaitEnd(default);
            Completion.GetAwaiter().GetResult();
        }

        // Not under the gate: a token that was just cancelled calls back here and now.
        stopWhenCancelled = token.UnsafeRegister(static group => ((VcpuGroup)group!).Stop(), this);
    }

    /// <summary>Asks all threads to end. Does not wait; the result is not changed if they end already.
    /// </summary>
    /// <remarks>
    /// A guest that never leaves by itself is kicked out; a device or a handler is not interrupted. Nothing
    /// is left half-way in any vCPU. Before <see cref="Start"/> it ends the group there and then.
    /// </remarks>
    public void Stop()
    {
        lock (gate)
        {
            BeginEnd(VcpuGroupResult.FromOutside);
        }
    }

    /// <summary>
    /// As <see cref="Stop()"/>, for a device by which the guest ends its machine: the result is a
    /// <see cref="VcpuStop.ByDevice"/> with the reason, and the thread of the vCPU that used the device.
    /// </summary>
    /// <remarks>
    /// For devices above all, on whichever thread they are. The access that the device is in is finished
    /// first. No stop handler is asked. What ended the group first is its result.
    /// </remarks>
    /// <param name="reason">What those who <see cref="Wait"/> switch over: a value of the program's.</param>
    public void Stop(object reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        lock (gate)
        {
            BeginEnd(new VcpuGroupResult(OwnThread(), new VcpuStop.ByDevice(reason)));
        }
    }

    /// <summary>Waits until all threads have ended and are gone.</summary>
    /// <param name="token">Ends the wait, not the group.</param>
    /// <returns>Why the group ended.</returns>
    /// <exception cref="InvalidOperationException">Called on a thread of the group.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    /// <remarks>The exception that ended a thread, if one did, comes out here with its stack.</remarks>
    public VcpuGroupResult Wait(CancellationToken token = default)
    {
        if (OwnThread() is VcpuThread thread)
        {
            throw new InvalidOperationException(
                $"Wait was called on the thread of {thread}, which would wait for itself; "
                + "call it on another thread");
        }

        AwaitEnd(token);
        return Completion.GetAwaiter().GetResult();
    }

    /// <summary>Stops the group and waits until all threads are gone.</summary>
    /// <remarks>
    /// So do not hold a lock that a device waits for. Does not throw what ended a thread. From a thread of
    /// the group it only asks, as <see cref="Stop()"/> does.
    /// </remarks>
    public void Dispose()
    {
        lock (gate)
        {
            disposed = true;
            BeginEnd(VcpuGroupResult.FromOutside);
        }

        if (OwnThread() is null)
        {
            AwaitEnd(default);
        }
    }

    private static void Check(VcpuThreadOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.StackSize, nameof(options));
        if (options.Affinity is not { } processors)
        {
            return;
        }

        if (processors.Count == 0)
        {
            throw new ArgumentException(
                "the affinity has no processor, so the thread could not run; null allows all",
                nameof(options));
        }

        foreach (int processor in processors)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(processor, nameof(options));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(
                processor, ThreadAffinity.MostProcessors, nameof(options));
        }
    }
}
