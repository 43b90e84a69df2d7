using KvmInterop.Native;

#pragma warning disable CA1001 // Nothing to dispose of: an event without a handle, a source without a timer.

namespace KvmInterop;

/// <summary>
/// A dedicated, named thread that runs one vCPU's <see cref="RunLoop"/>: made by <see cref="VcpuGroup.Add"/>.
/// </summary>
/// <remarks>
/// All members are for any thread at any time. Devices and handlers of exits run on this thread inside of a
/// run; the stop handler runs on it between two runs, when nothing is half-way.
/// </remarks>
public sealed class VcpuThread
{
    [ThreadStatic]
    private static VcpuThread? current;

    private readonly VcpuThreadOptions options;
    private readonly Thread thread;

    // Set by whoever lets the thread go on. Its wait does not spin: a parked vCPU costs nothing.
    private readonly ManualResetEventSlim wake = new(initialState: false, spinCount: 0);
    private CancellationTokenSource turn = new();
    private volatile VcpuThreadState state;
    private volatile VcpuStop? lastStop;
    private volatile Exception? failure;

    internal VcpuThread(VcpuGroup group, RunLoop loop, VcpuThreadOptions options)
    {
        Group = group;
        Loop = loop;
        this.options = options;
        Name = options.Name ?? $"vCPU {loop.Vcpu.Id}";
        IsHeld = options.StartsParked;
        thread = new Thread(Main, options.StackSize) { Name = Name, IsBackground = true };
    }

    /// <summary>The vCPU thread that calls; null on any other thread.</summary>
    /// <remarks>Tells a device which vCPU accesses it.</remarks>
    public static VcpuThread? Current => current;

    /// <summary>The vCPU threads of the same VM.</summary>
    public VcpuGroup Group { get; }

    /// <summary>What it runs.</summary>
    public RunLoop Loop { get; }

    /// <summary>The vCPU that the loop runs.</summary>
    public Vcpu Vcpu => Loop.Vcpu;

    /// <summary>The thread's name.</summary>
    public string Name { get; }

    /// <summary>What it does at the moment.</summary>
    public VcpuThreadState State
    {
        get => state;
        internal set => state = value;
    }

    /// <summary>
    /// The last stop that was judged, by the stop handler or without; null before the first. Pauses are none.
    /// </summary>
    public VcpuStop? LastStop
    {
        get => lastStop;
        internal set => lastStop = value;
    }

    /// <summary>
    /// What ended this thread if an exception did. The first of a group's comes out of
    /// <see cref="VcpuGroup.Wait"/>; those of threads that failed after it are only here.
    /// </summary>
    public Exception? Failure
    {
        get => failure;
        internal set => failure = value;
    }

    // From here on: read and written under the group's gate.

    /// <summary>Whether it waits for Resume, whatever pauses there are.</summary>
    internal bool IsHeld { get; set; }

    /// <summary>Whether Resume was called since the stop that is being judged.</summary>
    internal bool IsResumeAsked { get; set; }

    /// <summary>Stops that were judged so far.</summary>
    internal long StopCount { get; set; }

    /// <summary>It waits, in its stop handler, for others: those may take it for parked.</summary>
    internal bool IsWaitingForOthers { get; set; }

    /// <summary>Whether there is, or was, a thread of the system.</summary>
    internal bool IsThreadMade { get; private set; }

    /// <summary>Lets it go on after a <see cref="VcpuStopDecision.Park"/>, <see cref="Park"/> or a parked
    /// start.</summary>
    /// <remarks>
    /// While the group is paused it goes on when the pause ends. A resume that comes while the stop handler
    /// still decides is not lost: the thread does not park then. On a thread that runs it does nothing.
    /// </remarks>
    public void Resume() => Group.Resume(this);

    /// <summary>
    /// Brings it out of its run, if it is in one, and keeps it until <see cref="Resume"/>; the rest of the
    /// group runs on. Comes back when it is parked or has ended.
    /// </summary>
    /// <remarks>From the thread itself it comes back at once, and the thread parks after its run.</remarks>
    /// <param name="token">Ends the wait, not the request.</param>
    /// <exception cref="InvalidOperationException">Called from inside the run of another vCPU of the group.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    public void Park(CancellationToken token = default) => Group.Park(this, token);

    /// <summary>The thread's name.</summary>
    public override string ToString() => Name;

    internal void Start()
    {
        thread.UnsafeStart();
        IsThreadMade = true;
    }

    internal void Join()
    {
        if (IsThreadMade)
        {
            thread.Join();
        }
    }

    /// <summary>A token for the next run. Under the gate, on this thread.</summary>
    internal CancellationToken BeginTurn()
    {
        if (turn.IsCancellationRequested)
        {
            turn = new CancellationTokenSource();
        }

        State = VcpuThreadState.Running;
        return turn.Token;
    }

    /// <summary>Ends the run in progress, or the one that is about to begin. Under the gate.</summary>
    internal void Interrupt() => turn.Cancel();

    /// <summary>Under the gate, on this thread; <see cref="AwaitWake"/> follows outside of it.</summary>
    internal void BeginParking()
    {
        State = VcpuThreadState.Parked;
        wake.Reset();
    }

    internal void AwaitWake() => wake.Wait();

    /// <summary>Under the gate: from here on it counts as running, though it still has to wake up.</summary>
    internal void Wake()
    {
        State = VcpuThreadState.Running;
        wake.Set();
    }

    private void Main()
    {
        current = this;
        Exception? problem = null;
        try
        {
            if (options.Affinity is { } processors)
            {
                ThreadAffinity.SetOfThisThread(processors);
            }

            RunTurns();
        }
        catch (Exception e)
        {
            problem = e;
        }

        Group.End(this, problem);
    }

    private void RunTurns()
    {
        while (Group.AwaitTurn(this) is CancellationToken token)
        {
            VcpuStop stop;
            try
            {
                stop = Loop.Run(token);
            }
            catch (ObjectDisposedException) when (Vcpu.IsDisposed)
            {
                // Between two runs; within one it would have been asked to stop.
                stop = new VcpuStop.Requested();
            }

            if (stop is VcpuStop.Requested && token.IsCancellationRequested)
            {
                // By the group: what for is decided where the next turn begins.
                continue;
            }

            if (!Group.GoesOnAfter(this, stop))
            {
                return;
            }
        }
    }
}
