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
/// <see cref="StartState"/>; then <see cref="VirtualMachine.Start"/> it and <see cref="VirtualMachine.Wait"/> for
/// its end. What is made of it can be reached: nothing that KVM offers is hidden.</para>
/// <para><see cref="PressPowerButton"/> is for any thread, too.</para>
/// </remarks>
[KvmArchitectures(KvmArchitecture.X64)]
public sealed partial class PcMachine : VirtualMachine
{
    // What is set aside for Intel processors lies below the 16 MiB that firmware may have.
    private const ulong TssAddress = 0xfeff_d000;
    private const ulong IdentityMapAddress = 0xfeff_c000;

    private readonly PcMachineOptions options;
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
        : base(kvm, options?.Cpus ?? throw new ArgumentNullException(nameof(options)), PcCpu.MostCpus, snapshot)
    {
        this.options = options;
        control = new Control(this);
        try
        {
            Layout = new PcMemoryLayout(options.MemorySize);
            Vm.SetTssAddress(TssAddress);
            Vm.SetIdentityMapAddress(IdentityMapAddress);
            Vm.CreateIrqChip();
            RouteTimer();
            if (options.HasPit)
            {
                Vm.CreatePit();
            }

            if (snapshot is not null)
            {
                CheckMemory(snapshot, Layout);
            }

            AddMemory(() =>
            {
                Layout.AddTo(Memory, options.Memory);
                if (options.HasBiosState)
                {
                    BiosState.WriteMemory(Memory, Layout);
                }
            });
            Serial = AddPorts();
            AddVcpus(kvm);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where memory is.</summary>
    public PcMemoryLayout Layout { get; }

    /// <summary>The I/O ports. Devices may be added and removed at any time.</summary>
    public PioBus Ports { get; } = new();

    /// <summary>COM1.</summary>
    public Serial16550 Serial { get; }

    /// <summary>Where <see cref="VirtualMachine.Start"/> puts the root of ACPI's tables; null where there are none.
    /// </summary>
    public ulong? AcpiRootTable => options.HasAcpi ? BootAddresses.AcpiTables : null;

    /// <summary>How the first vCPU begins: what a loader returned. Without one, as after power-on.</summary>
    public X64StartState StartState
    {
        get => startState;
        set => startState = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>Writes ACPI's tables and what stands for a BIOS, and sets the first vCPU's registers.</summary>
    private protected override void Begin()
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

        StartState.Apply(Loops[0].Vcpu);
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

    private void AddVcpus(Kvm kvm)
    {
        CpuidTable supported = CpuidTable.From(kvm.GetSupportedCpuid()).WithProcessorName();
        bool hasDeadlineTimer = kvm.CheckExtension(KvmCapability.KVM_CAP_TSC_DEADLINE_TIMER) > 0;
        AddVcpus(options.Cpus, Ports, vcpu =>
        {
            vcpu.SetCpuid(PcCpu.Cpuid(supported, (int)vcpu.Id, options.Cpus, hasDeadlineTimer));
            PcCpu.Initialize(vcpu);
        });
    }
}
