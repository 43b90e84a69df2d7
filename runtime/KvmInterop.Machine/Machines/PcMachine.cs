using KvmInterop.Machine.Acpi;
using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Cpu;
using KvmInterop.Machine.Devices;
using KvmInterop.Native;

namespace KvmInterop.Machine.Machines;

/// <summary>
/// A PC: memory, vCPUs with a thread each, interrupt controllers and a timer in the kernel, a serial port, a
/// power switch, a reset line, tables of ACPI.
/// </summary>
/// <remarks>
/// <para>Make it, add devices, load something (<see cref="BzImage"/> and its like) and set
/// <see cref="StartState"/>; then <see cref="Start"/> it and <see cref="Wait"/> for its end. What is made of
/// it can be reached: nothing that KVM offers is hidden.</para>
/// <para><see cref="Stop"/>, <see cref="Finish"/>, <see cref="PressPowerButton"/> and <see cref="Wait"/> are for
/// any thread; all else is for the one that makes the machine.</para>
/// </remarks>
[KvmArchitectures(KvmArchitecture.X64)]
public sealed partial class PcMachine : IDisposable
{
    // What is set aside for Intel processors lies below the 16 MiB that firmware may have.
    private const ulong TssAddress = 0xfeff_d000;
    private const ulong IdentityMapAddress = 0xfeff_c000;

    private readonly Kvm kvm;
    private readonly PcMachineOptions options;
    private readonly List<Vcpu> vcpus = [];
    private readonly List<RunLoop> loops = [];
    private bool isStarted;
    private X64StartState startState = X64StartState.Reset;

    /// <summary>Makes the machine, which does not run yet.</summary>
    /// <param name="kvm">Not owned; must be there for as long as the machine is saved and restored.</param>
    /// <param name="options">What it is made of.</param>
    /// <exception cref="ArgumentOutOfRangeException">Memory or vCPUs are too few or too many.</exception>
    /// <exception cref="NotSupportedException">This KVM does not have as many vCPUs.</exception>
    /// <exception cref="KvmException">An ioctl failed.</exception>
    public PcMachine(Kvm kvm, PcMachineOptions options)
        : this(kvm, options, null)
    {
    }

    private PcMachine(Kvm kvm, PcMachineOptions options, PcSnapshot? snapshot)
    {
        ArgumentNullException.ThrowIfNull(kvm);
        ArgumentNullException.ThrowIfNull(options);
        CheckCpus(kvm, options.Cpus);
        this.options = options;
        this.snapshot = snapshot;
        this.kvm = kvm;
        control = new Control(this);
        Layout = new PcMemoryLayout(options.MemorySize);
        Vm = kvm.CreateVm();
        try
        {
            Vm.SetTssAddress(TssAddress);
            Vm.SetIdentityMapAddress(IdentityMapAddress);
            Vm.CreateIrqChip();
            RouteTimer();
            if (options.HasPit)
            {
                Vm.CreatePit();
            }

            AddMemory();
            Serial = AddPorts();
            Vcpus = new VcpuGroup { StopHandler = Judge };
            AddVcpus(kvm);
        }
        catch
        {
            DisposeParts();
            throw;
        }
    }

    /// <summary>The VM.</summary>
    public Vm Vm { get; }

    /// <summary>The guest's memory, as <see cref="Layout"/> says.</summary>
    public GuestMemory Memory => Vm.Memory;

    /// <summary>Where memory is.</summary>
    public PcMemoryLayout Layout { get; }

    /// <summary>The I/O ports. Devices may be added and removed at any time.</summary>
    public PioBus Ports { get; } = new();

    /// <summary>Memory-mapped devices. They may be added and removed at any time.</summary>
    public MmioBus Mmio { get; } = new();

    /// <summary>The threads of the vCPUs; for pauses and debuggers.</summary>
    public VcpuGroup Vcpus { get; } = null!;

    /// <summary>The loops of the vCPUs, for handlers of exits and for statistics.</summary>
    public IReadOnlyList<RunLoop> Loops => loops;

    /// <summary>Waits for files on a thread of its own: devices' notifications, sockets.</summary>
    public EventLoop Events { get; } = new();

    /// <summary>COM1.</summary>
    public Serial16550 Serial { get; } = null!;

    /// <summary>Where <see cref="Start"/> puts the root of ACPI's tables; null where there are none.</summary>
    public ulong? AcpiRootTable => options.HasAcpi ? BootAddresses.AcpiTables : null;

    /// <summary>How the first vCPU begins: what a loader returned. Without one, as after power-on.</summary>
    public X64StartState StartState
    {
        get => startState;
        set => startState = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>
    /// Writes ACPI's tables and what stands for a BIOS, sets the first vCPU's registers, and starts all threads.
    /// A saved machine gets its state instead.
    /// </summary>
    /// <param name="token">Stops the machine when it is cancelled.</param>
    /// <exception cref="InvalidOperationException">It was started before.</exception>
    /// <exception cref="StateException">The saved machine has other devices.</exception>
    /// <exception cref="KvmException">An ioctl failed.</exception>
    public void Start(CancellationToken token = default)
    {
        CheckNotStarted();
        isStarted = true;
        if (snapshot is null)
        {
            Boot();
        }
        else
        {
            Restore(snapshot);
        }

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
    public MachineOutcome Wait(CancellationToken token = default)
    {
        Vcpus.Wait(token);
        return outcome ?? new MachineOutcome.Stopped();
    }

    /// <summary>Ends all threads, and then what they worked with.</summary>
    public void Dispose() => DisposeParts();

    private static void CheckCpus(Kvm kvm, int cpus)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cpus, 1, nameof(PcMachineOptions.Cpus));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(cpus, PcCpu.MostCpus, nameof(PcMachineOptions.Cpus));
        int most = kvm.CheckExtension(KvmCapability.KVM_CAP_MAX_VCPUS);
        if (cpus > most)
        {
            throw new NotSupportedException(
                $"the machine is to have {cpus} vCPUs, and this kernel's KVM allows {most}; ask for fewer");
        }
    }

    private void AddMemory()
    {
        if (snapshot is null)
        {
            Layout.AddTo(Vm.Memory, options.Memory);
        }
        else
        {
            CheckMemory(snapshot, Layout);
            snapshot.Vm.RestoreMemory(Vm.Memory);
        }
    }

    // As boards have it and the tables of ACPI say: IRQ 0 is pin 2 of the I/O APIC, where on the PIC the other
    // PIC is.
    private void RouteTimer()
    {
        Vm.GsiRouting.Remove(Acpi.Madt.TimerPin);
        Vm.GsiRouting.Set(new GsiRoute.IrqChip(0, KvmApi.KVM_IRQCHIP_PIC_MASTER, 0));
        Vm.GsiRouting.AddIrqChipRoute(0, KvmApi.KVM_IRQCHIP_IOAPIC, Acpi.Madt.TimerPin);
        Vm.GsiRouting.Apply();
    }

    private void Boot()
    {
        if (options.HasBiosState)
        {
            BiosState.Write(this, keyboard!, options.HasPit);
        }

        if (AcpiRootTable is ulong root)
        {
            AcpiTables.Write(Memory, (uint)root, (uint)BootAddresses.AcpiTablesEnd, DescribeToAcpi());
        }

        if (StartState.Mode != X64StartMode.Reset)
        {
            // There is no firmware: guests may want to restart by it, and it has set up PCI's devices.
            ResetStub.Write(Memory);
            Pci?.AssignAddresses(PciPorts, PciAddresses);
        }

        StartState.Apply(vcpus[0]);
    }

    private void CheckNotStarted()
    {
        if (isStarted)
        {
            throw new InvalidOperationException("the machine was started; devices are added before");
        }
    }

    private void AddVcpus(Kvm kvm)
    {
        CpuidTable supported = CpuidTable.From(kvm.GetSupportedCpuid());
        bool hasDeadlineTimer = kvm.CheckExtension(KvmCapability.KVM_CAP_TSC_DEADLINE_TIMER) > 0;
        for (int i = 0; i < options.Cpus; i++)
        {
            Vcpu vcpu = Vm.CreateVcpu((uint)i);
            vcpus.Add(vcpu);
            vcpu.SetCpuid(PcCpu.Cpuid(supported, i, options.Cpus, hasDeadlineTimer));
            PcCpu.Initialize(vcpu);
            RunLoop loop = new(vcpu, Ports, Mmio);
            loops.Add(loop);
            Vcpus.Add(loop);
        }
    }

    // Threads first: nothing may be called that is gone.
    private void DisposeParts()
    {
        Vcpus?.Dispose();
        DisposeVirtio();
        Events.Dispose();
        clock?.Dispose();
        vcpus.ForEach(vcpu => vcpu.Dispose());
        Vm.Dispose();
    }
}
