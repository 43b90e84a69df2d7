using KvmInterop.Native;

namespace KvmInterop;

/// <summary>What a handler of exits wants next.</summary>
public enum ExitAction
{
    /// <summary>The exit is handled; run on.</summary>
    Continue,

    /// <summary>The exit is handled; finish it and come back with <see cref="VcpuStop.ByHandler"/>.</summary>
    Stop,

    /// <summary>The exit is not handled; do what the loop does without a handler.</summary>
    Default,
}

/// <summary>Handles an exit on the vCPU's thread. The view is good until it returns.</summary>
public delegate ExitAction ExitHandler(scoped in VcpuExit exit);

/// <summary>Runs a vCPU: ports go to a bus, memory-mapped devices to another, other exits to handlers or back.</summary>
/// <remarks>
/// <para>One for each vCPU. Buses may be shared by all vCPUs of a VM. <see cref="Stop"/> is for any thread; <see cref="On"/>
/// is for the time between runs.</para>
/// <para>Without a handler, a halt, a shutdown, a system event, a failure and any exit that the loop does not know end the
/// run; an interruption that nobody asked for does not. An exit allocates nothing.</para>
/// </remarks>
public sealed class RunLoop
{
    // Above the reasons that a kernel may have in times to come; a table, so that the look-up costs one index.
    private const int MostReasons = 256;

    private ExitHandler?[] handlers = [];
    private int stopRequested;

    /// <summary>A loop for one vCPU.</summary>
    /// <param name="vcpu">Not owned: dispose it yourself, when the loop is no longer needed.</param>
    /// <param name="pio">Where port I/O goes; null for an empty bus.</param>
    /// <param name="mmio">Where accesses to addresses without memory go; null for an empty bus.</param>
    public RunLoop(Vcpu vcpu, PioBus? pio = null, MmioBus? mmio = null)
    {
        ArgumentNullException.ThrowIfNull(vcpu);
        Vcpu = vcpu;
        Pio = pio ?? new PioBus();
        Mmio = mmio ?? new MmioBus();
    }

    /// <summary>The vCPU that it runs.</summary>
    public Vcpu Vcpu { get; }

    /// <summary>Where port I/O goes.</summary>
    public PioBus Pio { get; }

    /// <summary>Where accesses to addresses without memory go.</summary>
    public MmioBus Mmio { get; }

    /// <summary>Gives the exits of one reason to a handler, before the loop's own treatment; null takes it away.</summary>
    /// <remarks>With KVM_EXIT_INTR it is called for interruptions that did not end the run.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The reason is 256 or above.</exception>
    public void On(KvmExitReason reason, ExitHandler? handler)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)reason, (uint)MostReasons);
        ExitHandler?[] changed = new ExitHandler?[Math.Max(handlers.Length, (int)reason + 1)];
        handlers.CopyTo(changed, 0);
        changed[(int)reason] = handler;
        handlers = changed;
    }

    /// <summary>
    /// Ends the run in progress, or the next one if there is none: it comes back with
    /// <see cref="VcpuStop.Requested"/>. Any thread may call it; it does not wait.
    /// </summary>
    /// <remarks>
    /// A guest that never leaves by itself is kicked out. A stop that comes when the run is just ending for another
    /// reason waits for the next run; where that is not wanted, use a token, which belongs to one run.
    /// </remarks>
    public void Stop()
    {
        Volatile.Write(ref stopRequested, 1);
        Vcpu.Kick();
    }

    /// <summary>Runs the guest on this thread until something ends it.</summary>
    /// <param name="token">Ends it from outside, as <see cref="Stop"/> does, but only this run.</param>
    /// <returns>Why it ended.</returns>
    /// <exception cref="KvmException">KVM_RUN failed with something else than an interruption.</exception>
    /// <exception cref="InvalidOperationException">The vCPU is running already.</exception>
    /// <exception cref="ObjectDisposedException">The vCPU is disposed.</exception>
    /// <remarks>What a device or a handler throws comes out here, and the vCPU can be run again.</remarks>
    public VcpuStop Run(CancellationToken token = default)
    {
        using CancellationTokenRegistration kickWhenCancelled =
            token.UnsafeRegister(static vcpu => ((Vcpu)vcpu!).Kick(), Vcpu);
        using VcpuRunScope scope = Vcpu.BeginRun();
        if (IsStopWanted(token))
        {
            return new VcpuStop.Requested();
        }

        return RunUntilStop(in scope, token);
    }

    private VcpuStop RunUntilStop(scoped in VcpuRunScope scope, CancellationToken token)
    {
        VcpuStop? stop = null;
        while (true)
        {
            VcpuExit exit = scope.Run();
            if (exit.IsInterrupted && (stop is not null || IsStopWanted(token)))
            {
                return stop ?? new VcpuStop.Requested();
            }

            ExitAction action = Handle(in exit);
            if (action == ExitAction.Continue)
            {
                continue;
            }

            if (action == ExitAction.Default)
            {
                return stop ?? ExitReport.Of(in exit);
            }

            // The handler's answer to the guest is still in kvm_run: KVM takes it in when it is called once more
            // (api.rst, 5, on exits that must be finished), and may report the rest of the access before it is done.
            stop ??= new VcpuStop.ByHandler(exit.Reason);
            scope.FinishOnly();
        }
    }

    private ExitAction Handle(scoped in VcpuExit exit)
    {
        ExitHandler?[] table = handlers;
        uint reason = (uint)exit.Reason;
        if (reason < (uint)table.Length && table[reason] is ExitHandler handler)
        {
            ExitAction action = handler(in exit);
            if (action != ExitAction.Default)
            {
                return action;
            }
        }

        switch (exit.Reason)
        {
            case KvmExitReason.KVM_EXIT_IO:
                HandleIo(in exit);
                return ExitAction.Continue;
            case KvmExitReason.KVM_EXIT_MMIO:
                HandleMmio(in exit);
                return ExitAction.Continue;
            case KvmExitReason.KVM_EXIT_INTR:
                return ExitAction.Continue;
            default:
                return ExitAction.Default;
        }
    }

    private void HandleIo(scoped in VcpuExit exit)
    {
        ref readonly kvm_run_io io = ref exit.Io;
        Span<byte> data = exit.IoData;
        if (io.direction == KvmApi.KVM_EXIT_IO_OUT)
        {
            Pio.WriteString(io.port, io.size, data);
        }
        else
        {
            Pio.ReadString(io.port, io.size, data);
        }
    }

    private void HandleMmio(scoped in VcpuExit exit)
    {
        ref readonly kvm_run_mmio mmio = ref exit.Mmio;
        if (mmio.is_write != 0)
        {
            Mmio.Write(mmio.phys_addr, exit.MmioData);
        }
        else
        {
            Mmio.Read(mmio.phys_addr, exit.MmioData);
        }
    }

    private bool IsStopWanted(CancellationToken token) =>
        token.IsCancellationRequested || Vcpu.IsDisposed || Interlocked.Exchange(ref stopRequested, 0) != 0;
}
