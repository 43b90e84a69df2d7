using KvmInterop.Native;

namespace KvmInterop.Machine.Machines;

/// <summary>
/// What machines of every architecture have: a VM, vCPUs with a thread each, a bus, devices, a life from
/// <see cref="Start"/> to <see cref="Wait"/>, and that they can be saved.
/// </summary>
/// <remarks>
/// <see cref="Stop"/>, <see cref="Finish"/>, <see cref="Save"/> and <see cref="Wait"/> are for any thread; all
/// else is for the one that makes the machine.
/// </remarks>
public abstract partial class VirtualMachine : IDisposable
{
    private readonly Kvm kvm;
    private readonly MachineSnapshot? snapshot;
    private readonly List<Vcpu> vcpus = [];
    private readonly List<RunLoop> loops = [];
    private readonly Stack<IDisposable> parts = new();
    private bool isStarted;

    private protected VirtualMachine(Kvm kvm, int cpus, int mostCpus, MachineSnapshot? snapshot)
    {
        ArgumentNullException.ThrowIfNull(kvm);
        CheckCpus(kvm, cpus, mostCpus);
        this.kvm = kvm;
        this.snapshot = snapshot;
        Vm = kvm.CreateVm();
        Vcpus = new VcpuGroup { StopHandler = Judge };
    }

    /// <summary>The VM.</summary>
    public Vm Vm { get; }

    /// <summary>The guest's memory, as the machine's layout says.</summary>
    public GuestMemory Memory => Vm.Memory;

    /// <summary>Memory-mapped devices. They may be added and removed at any time.</summary>
    public MmioBus Mmio { get; } = new();

    /// <summary>The threads of the vCPUs; for pauses and debuggers.</summary>
    public VcpuGroup Vcpus { get; }

    /// <summary>The loops of the vCPUs, for handlers of exits and for statistics.</summary>
    public IReadOnlyList<RunLoop> Loops => loops;

    /// <summary>Waits for files on a thread of its own, which runs from <see cref="Start"/> on: devices'
    /// notifications, sockets.</summary>
    public EventLoop Events { get; } = new();

    /// <summary>
    /// Sets up what the guest begins with, and starts all threads. A saved machine gets its state instead.
    /// </summary>
    /// <param name="token">Stops the machine when it is cancelled.</param>
    /// <exception cref="InvalidOperationException">It was started before, or nothing is loaded that could
    /// run.</exception>
    /// <exception cref="StateException">The saved machine has other devices.</exception>
    /// <exception cref="KvmException">An ioctl failed.</exception>
    public void Start(CancellationToken token = default)
    {
        CheckNotStarted();
        if (snapshot is null)
        {
            Begin();
        }
        else
        {
            Restore(snapshot);
        }

        isStarted = true;
        Events.Start();
        loopsOfDevices.ForEach(loop => loop.Start());
        Vcpus.Start(token);
    }

    /// <summary>Asks the machine to stop at once, as if its plug was pulled. Does not wait.</summary>
    public void Stop() => Finish(new MachineOutcome.Stopped());

    /// <summary>Waits until all vCPUs have ended.</summary>
    /// <param name="token">Ends the wait, not the machine.</param>
    /// <returns>Why it ended.</returns>
    /// <remarks>What a device threw comes out here.</remarks>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    public MachineOutcome Wait(CancellationToken token = default) =>
        Vcpus.Wait(token).Stop is VcpuStop.ByDevice { Reason: MachineOutcome outcome }
            ? outcome
            : new MachineOutcome.Stopped();

    /// <summary>Ends all threads, and then what they worked with.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>As <see cref="Dispose()"/>.</summary>
    /// <param name="disposing">True.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing)
        {
            return;
        }

        // Threads first: nothing may be called that is gone.
        Vcpus.Dispose();
        DisposeVirtio();
        Events.Dispose();
        foreach (IDisposable part in parts)
        {
            part.Dispose();
        }

        vcpus.ForEach(vcpu => vcpu.Dispose());
        Vm.Dispose();
    }

    /// <summary>Writes what needs all devices known, and sets the first vCPU's registers.</summary>
    private protected abstract void Begin();

    /// <summary>Has a part disposed when the vCPUs have ended, the last one first.</summary>
    private protected T Own<T>(T part)
        where T : IDisposable
    {
        parts.Push(part);
        return part;
    }

    /// <summary>Makes the vCPUs, with a thread for each.</summary>
    /// <param name="count">How many.</param>
    /// <param name="ports">Null where the architecture has none.</param>
    /// <param name="setUp">How each begins.</param>
    private protected void AddVcpus(int count, PioBus? ports, Action<Vcpu> setUp)
    {
        for (uint id = 0; id < count; id++)
        {
            Vcpu vcpu = Vm.CreateVcpu(id);
            vcpus.Add(vcpu);
            setUp(vcpu);
            RunLoop loop = new(vcpu, ports, Mmio);
            loops.Add(loop);
            Vcpus.Add(loop);
        }
    }

    /// <summary>New memory, or a saved machine's.</summary>
    private protected void AddMemory(Action add)
    {
        if (snapshot is null)
        {
            add();
        }
        else
        {
            snapshot.Vm.RestoreMemory(Memory);
        }
    }

    private protected void CheckNotStarted()
    {
        if (isStarted)
        {
            throw new InvalidOperationException("the machine was started; devices are added before");
        }
    }

    private static void CheckCpus(Kvm kvm, int cpus, int mostCpus)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cpus, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(cpus, mostCpus);
        int most = kvm.CheckExtension(KvmCapability.KVM_CAP_MAX_VCPUS);
        if (cpus > most)
        {
            throw new NotSupportedException(
                $"the machine is to have {cpus} vCPUs, and this kernel's KVM allows {most}; ask for fewer");
        }
    }
}
