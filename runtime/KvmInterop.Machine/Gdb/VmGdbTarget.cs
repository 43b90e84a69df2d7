namespace KvmInterop.Machine;

/// <summary>A VM for a <see cref="GdbServer"/>: its vCPUs are the debugger's threads.</summary>
/// <remarks>
/// <para>While a debugger is there, stops of vCPUs come to it: breakpoints and steps, and what the group's
/// own <see cref="VcpuGroup.StopHandler"/> would answer with <see cref="VcpuStopDecision.Default"/>, as a
/// triple fault. Such a vCPU is kept, to be looked at. The handler is put back when the debugger goes.</para>
/// <para>Addresses are virtual, and on x86 linear; where the guest's tables map nothing, they are taken for
/// guest-physical ones.</para>
/// </remarks>
public sealed partial class VmGdbTarget : IGdbTarget
{
    private readonly VcpuGroup group;
    private readonly GuestMemory memory;
    private readonly VcpuRegisters registers = VcpuRegisters.OfThisArchitecture();
    private readonly Lock gate = new();

    // What a debugger has between Attach and Detach.
    private VcpuThread[] threads = [];
    private GuestDebugger debugger;
    private Func<VcpuThread, VcpuStop, VcpuStopDecision>? handlerBefore;
    private VcpuPause? pause;

    // Under the gate while vCPUs run: the threads to be resumed in the end, who waits for a stop, and stops
    // that came when nobody did.
    private readonly HashSet<VcpuThread> parked = [];
    private TaskCompletionSource<GdbStop>? waiting;
    private readonly Queue<GdbStop> pending = [];

    /// <summary>A target over the threads of a VM.</summary>
    /// <param name="group">Started or not. Not owned.</param>
    /// <param name="memory">The VM's memory.</param>
    /// <exception cref="PlatformNotSupportedException">This process is neither x86-64's nor
    /// arm64's.</exception>
    public VmGdbTarget(VcpuGroup group, GuestMemory memory)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(memory);
        this.group = group;
        this.memory = memory;
        debugger = new GuestDebugger(memory);
        _ = group.Completion.ContinueWith(_ => ReportEnd(), TaskScheduler.Default);
    }

    /// <inheritdoc/>
    public GdbRegisterFile Registers => registers.File;

    /// <inheritdoc/>
    public int ThreadCount => threads.Length;

    /// <inheritdoc/>
    public void Attach()
    {
        pause = group.Pause();
        threads = [.. group.Threads];
        debugger = new GuestDebugger(memory, threads.Select(thread => thread.Vcpu));
        pending.Clear();
        parked.Clear();
        handlerBefore = group.StopHandler;
        group.StopHandler = Judge;
    }

    /// <inheritdoc/>
    public void Detach()
    {
        if (IsAnyAlive())
        {
            debugger.Clear();
        }

        group.StopHandler = handlerBefore;
        foreach (VcpuThread thread in parked)
        {
            thread.Resume();
        }

        pause?.Dispose();
        pause = null;
    }

    /// <inheritdoc/>
    public void Kill() => group.Stop();

    /// <inheritdoc/>
    public bool IsAlive(int thread) => threads[thread - 1].State != VcpuThreadState.Ended;

    /// <inheritdoc/>
    public string Describe(int thread) => $"{threads[thread - 1]}, {StateOf(threads[thread - 1])}";

    /// <inheritdoc/>
    public void ReadRegisters(int thread, Span<byte> values) => registers.Read(VcpuOf(thread), values);

    /// <inheritdoc/>
    public void WriteRegisters(int thread, ReadOnlySpan<byte> values) =>
        registers.Write(VcpuOf(thread), values);

    /// <inheritdoc/>
    public int ReadMemory(int thread, ulong address, Span<byte> destination)
    {
        int read = debugger.Read(VcpuOf(thread), address, destination);
        return read > 0 || !debugger.TryReadPhysical(address, destination) ? read : destination.Length;
    }

    /// <inheritdoc/>
    public int WriteMemory(int thread, ulong address, ReadOnlySpan<byte> source)
    {
        int written = debugger.Write(VcpuOf(thread), address, source);
        return written > 0 || !debugger.TryWritePhysical(address, source) ? written : source.Length;
    }

    /// <inheritdoc/>
    public bool? Insert(int thread, GdbBreakpoint breakpoint)
    {
        if (breakpoint.Kind == GdbBreakpointKind.Software)
        {
            return debugger.InsertSoftware(VcpuOf(thread), breakpoint.Address);
        }

        try
        {
            debugger.Insert(InRegister(breakpoint));
            return true;
        }
        catch (ArgumentException)
        {
            // No register is left, or none can have it.
            return false;
        }
    }

    /// <inheritdoc/>
    public bool? Remove(int thread, GdbBreakpoint breakpoint)
    {
        if (breakpoint.Kind == GdbBreakpointKind.Software)
        {
            debugger.RemoveSoftware(breakpoint.Address);
        }
        else
        {
            debugger.Remove(InRegister(breakpoint));
        }

        return true;
    }

    private static HardwareBreakpoint InRegister(GdbBreakpoint breakpoint) => breakpoint.Kind switch
    {
        GdbBreakpointKind.Write => new(breakpoint.Address, BreakpointKind.Write, breakpoint.Length),
        GdbBreakpointKind.Read => new(breakpoint.Address, BreakpointKind.Read, breakpoint.Length),
        GdbBreakpointKind.Access => new(breakpoint.Address, BreakpointKind.Access, breakpoint.Length),
        _ => new(breakpoint.Address),
    };

    private Vcpu VcpuOf(int thread) => threads[thread - 1].Vcpu;

    private bool IsAnyAlive() => Array.Exists(threads, thread => thread.State != VcpuThreadState.Ended);

    private static string StateOf(VcpuThread thread) => thread.State switch
    {
        VcpuThreadState.NotStarted => "not started",
        VcpuThreadState.Ended => "ended",
        _ => thread.LastStop is null ? "runs" : $"last: {thread.LastStop}",
    };
}
