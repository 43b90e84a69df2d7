using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// Runs a vCPU: ports go to a bus, memory-mapped devices to another, other exits to handlers or back.
/// </summary>
/// <remarks>
/// <para>One for each vCPU. Buses may be shared by all vCPUs of a VM. <see cref="Stop()"/> is for any thread;
/// <see cref="On"/> is for the time between runs.</para>
/// <para>Without a handler, a halt, a shutdown, a system event, a failure and any exit that the loop does not
/// know end the run; an interruption that nobody asked for does not. An exit allocates nothing.</para>
/// </remarks>
public sealed class RunLoop
{
    private static readonly VcpuStop.Requested Requested = new();

    private readonly ExitDispatcher dispatcher;

    // What the next look at it ends a run with; null for none.
    private VcpuStop? wanted;

    /// <summary>A loop for one vCPU.</summary>
    /// <param name="vcpu">Not owned: dispose it yourself, when the loop is no longer needed.</param>
    /// <param name="pio">Where port I/O goes; null for an empty bus.</param>
    /// <param name="mmio">Where accesses to addresses without memory go; null for an empty bus.</param>
    public RunLoop(Vcpu vcpu, PioBus? pio = null, MmioBus? mmio = null)
    {
        ArgumentNullException.ThrowIfNull(vcpu);
        Vcpu = vcpu;
        dispatcher = new ExitDispatcher(pio ?? new PioBus(), mmio ?? new MmioBus())
        {
            CollectDirtyRings = vcpu.CollectDirtyRings,
        };
        Pio.AddUser(vcpu);
        Mmio.AddUser(vcpu);
        KvmMeter.Add(this);
    }

    /// <summary>The vCPU that it runs.</summary>
    public Vcpu Vcpu { get; }

    /// <summary>Where port I/O goes.</summary>
    public PioBus Pio => dispatcher.Pio;

    /// <summary>Where accesses to addresses without memory go.</summary>
    public MmioBus Mmio => dispatcher.Mmio;

    /// <summary>
    /// Gives the exits of one reason to a handler, before the loop's own treatment; null takes it away.
    /// </summary>
    /// <remarks>With KVM_EXIT_INTR it is called for interruptions that did not end the run.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The reason is 256 or above.</exception>
    public void On(KvmExitReason reason, ExitHandler? handler) => dispatcher.On(reason, handler);

    /// <summary>
    /// Ends the run in progress, or the next one if there is none: it comes back with
    /// <see cref="VcpuStop.Requested"/>. Any thread may call it; it does not wait.
    /// </summary>
    /// <remarks>
    /// A guest that never leaves by itself is kicked out. A stop that comes when the run is just ending for
    /// another reason waits for the next run; where that is not wanted, use a token, which belongs to one
    /// run.
    /// </remarks>
    public void Stop()
    {
        Interlocked.CompareExchange(ref wanted, Requested, null);
        Vcpu.Kick();
    }

    /// <summary>
    /// As <see cref="Stop()"/>, for a device by which the guest ends its machine: the run comes back with
    /// <see cref="VcpuStop.ByDevice"/>, which has the reason.
    /// </summary>
    /// <remarks>
    /// The access that the device is in is finished first. The first reason stays; it goes before a
    /// <see cref="Stop()"/> and a token that come at the same time, so that nothing a guest asked for is
    /// lost. In a <see cref="VcpuGroup"/> it ends the group, unless a stop handler decides otherwise;
    /// <see cref="VcpuGroup.Stop(object)"/> does so in any case.
    /// </remarks>
    /// <param name="reason">What the caller of <see cref="Run"/> switches over: a value of the program's.
    /// </param>
    public void Stop(object reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        VcpuStop.ByDevice stop = new(reason);
        for (VcpuStop? before = Volatile.Read(ref wanted); before is not VcpuStop.ByDevice;)
        {
            VcpuStop? found = Interlocked.CompareExchange(ref wanted, stop, before);
            before = found == before ? stop : found;
        }

        Vcpu.Kick();
    }

    /// <summary>Runs the guest on this thread until something ends it.</summary>
    /// <param name="token">Ends it from outside, as <see cref="Stop()"/> does, but only this run.</param>
    /// <returns>Why it ended.</returns>
    /// <exception cref="KvmException">KVM_RUN failed with something else than an interruption.</exception>
    /// <exception cref="InvalidOperationException">The vCPU is running already.</exception>
    /// <exception cref="ObjectDisposedException">The vCPU is disposed.</exception>
    /// <remarks>What a device or a handler throws comes out here, and the vCPU can be run again.</remarks>
    public VcpuStop Run(CancellationToken token = default)
    {
        using CancellationTokenRegistration kickWhenCancelled =
            token.UnsafeRegister(static vcpu => ((Vcpu)vcpu!).Kick(), Vcpu);
        using KvmOperation? operation = KvmOperation.Begin("run", Vcpu);
        using VcpuRunScope scope = Vcpu.BeginRunOf(handlers: true);
        VcpuStop stop = RunUntilStop(in scope, token);
        operation?.End($"{stop}");
        if (KvmEvents.AreWanted && stop is VcpuStop.Unhandled)
        {
            KvmEvents.UnhandledExit(Vcpu.VmName, Vcpu.Id, $"{stop}");
        }

        return stop;
    }

    private VcpuStop RunUntilStop(scoped in VcpuRunScope scope, CancellationToken token)
    {
        VcpuStop? stop = null;
        if (TakeWanted(token) is { } before)
        {
            // Not just "return": an earlier run may have ended, by an exception, in the middle of an access.
            stop = before;
            scope.FinishOnly();
        }

        while (true)
        {
            VcpuExit exit = scope.Run();
            if (exit.IsInterrupted && (stop ?? TakeWanted(token)) is { } asked)
            {
                return asked;
            }

            ExitAction action = dispatcher.Handle(in exit);
            if (action == ExitAction.Continue)
            {
                continue;
            }

            if (action == ExitAction.Default)
            {
                return stop ?? ExitReport.Of(in exit);
            }

            // The handler's answer to the guest is still in kvm_run: KVM takes it in when it is called once
            // more (api.rst, 5, on exits that must be finished), and may report the rest of the access before
            // it is done.
            stop ??= new VcpuStop.ByHandler(exit.Reason);
            scope.FinishOnly();
        }
    }

    // A run that a token ends leaves a request for the next one, but not what a device wants.
    private VcpuStop? TakeWanted(CancellationToken token)
    {
        if (!token.IsCancellationRequested && !Vcpu.IsDisposed)
        {
            return Interlocked.Exchange(ref wanted, null);
        }

        return Volatile.Read(ref wanted) is VcpuStop.ByDevice stop
            && Interlocked.CompareExchange(ref wanted, null, stop) == stop
            ? stop
            : Requested;
    }
}
