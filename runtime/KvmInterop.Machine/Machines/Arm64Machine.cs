using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Devices;
using KvmInterop.Native;

namespace KvmInterop.Machine.Machines;

/// <summary>
/// An arm64 machine: memory, vCPUs with a thread each, a GICv3 and timers in the kernel, PSCI, a serial port
/// (PL011) and a clock (PL031), and virtio devices; described to its kernel by a device tree.
/// </summary>
/// <remarks>
/// Make it, add devices, <see cref="Load"/> a kernel, <see cref="VirtualMachine.Start"/> it and
/// <see cref="VirtualMachine.Wait"/> for its end. What is made of it can be reached: nothing that KVM offers is
/// hidden.
/// </remarks>
[KvmArchitectures(KvmArchitecture.Arm64)]
public sealed partial class Arm64Machine : VirtualMachine
{
    private const int SeedSize = 64;

    private readonly Arm64MachineOptions options;
    private readonly Arm64Description description;
    private Arm64StartState? startState;

    /// <summary>Makes the machine, which does not run yet.</summary>
    /// <param name="kvm">Not owned; must be there for as long as the machine is saved and restored.</param>
    /// <param name="options">What it is made of.</param>
    /// <exception cref="ArgumentOutOfRangeException">Memory or vCPUs are too few or too many.</exception>
    /// <exception cref="NotSupportedException">This KVM does not have as many vCPUs.</exception>
    /// <exception cref="PlatformNotSupportedException">This is not an arm64 process.</exception>
    /// <exception cref="KvmException">An ioctl failed: ENODEV, the host has no GICv3.</exception>
    public Arm64Machine(Kvm kvm, Arm64MachineOptions options)
        : this(kvm, options, null)
    {
    }

    private Arm64Machine(Kvm kvm, Arm64MachineOptions options, Arm64Snapshot? snapshot)
        : base(
            kvm, options?.Cpus ?? throw new ArgumentNullException(nameof(options)), Arm64MachineOptions.MostCpus,
            snapshot)
    {
        this.options = options;
        try
        {
            Layout = new Arm64MemoryLayout(options.MemorySize);
            AddMemory(() => Vm.AddMemory(Arm64MemoryLayout.Start, Layout.Size, options.Memory));
            Gic = Own(Vm.CreateGicV3(
                Arm64Addresses.Distributor,
                [new GicRedistributorRegion(Arm64Addresses.Redistributors, (uint)options.Cpus)],
                Arm64Addresses.Interrupts));
            Serial = Keep("serial", new Pl011(
                Line(Arm64Addresses.SerialInterrupt), SerialOutput(options.SerialOutput, options.WatchesForPanic)));
            Mmio.Register("serial", Arm64Addresses.Serial, Pl011.Size, Serial);
            Clock = Own(Keep("clock", new Pl031(Line(Arm64Addresses.ClockInterrupt))));
            Mmio.Register("clock", Arm64Addresses.Clock, Pl031.Size, Clock);
            AddVcpus(options.Cpus, null, Initialize);
            Gic.Initialize();
            description = new Arm64Description(Layout.Size, Mpidrs(), Seed());
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where memory is.</summary>
    public Arm64MemoryLayout Layout { get; }

    /// <summary>The interrupt controller.</summary>
    public GicV3 Gic { get; }

    /// <summary>The serial port.</summary>
    public Pl011 Serial { get; }

    /// <summary>The clock.</summary>
    public Pl031 Clock { get; }

    /// <summary>Puts a kernel, its device tree and its first file system into memory.</summary>
    /// <param name="image">The kernel.</param>
    /// <param name="commandLine">Its parameters.</param>
    /// <param name="initrd">The first file system, or null.</param>
    /// <exception cref="BootImageException">Something does not fit: memory, the processor, the command line.
    /// </exception>
    public void Load(Arm64Image image, string commandLine = "", BootFile? initrd = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(commandLine);
        Granules.Check(image, Loops[0].Vcpu);
        if (commandLine.Contains('\0', StringComparison.Ordinal))
        {
            throw new BootImageException("the command line has a zero byte in it, at which it would end");
        }

        startState = image.Load(Memory, Layout, initrd, range => description.ToBytes(commandLine, range));
    }

    private protected override string SystemEventSource => "PSCI";

    /// <summary>Sets the first vCPU's registers; the others wait for PSCI.</summary>
    private protected override void Begin()
    {
        Arm64StartState start = startState ?? throw new InvalidOperationException("no kernel is loaded; call Load");
        start.ApplyTo(Loops[0].Vcpu);
    }

    // PSCI's CPU_ON powers the others up; until then they wait in the kernel.
    private static void Initialize(Vcpu vcpu) => vcpu.Initialize(
        vcpu.Id == 0
            ? [KvmApi.KVM_ARM_VCPU_PSCI_0_2]
            : [KvmApi.KVM_ARM_VCPU_PSCI_0_2, KvmApi.KVM_ARM_VCPU_POWER_OFF]);

    // For the guest's random numbers, and where its kernel lies.
    private static byte[] Seed()
    {
        byte[] seed = new byte[SeedSize];
        using FileStream random = new("/dev/urandom", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0);
        random.ReadExactly(seed);
        return seed;
    }

    private IrqLine Line(uint interrupt) =>
        Vm.CreateIrqLine(Arm64Irq.Shared(Arm64Addresses.FirstShared + interrupt));

    private ulong[] Mpidrs() =>
        [.. Loops.Select(loop => loop.Vcpu.GetRegister<ulong>(Arm64SystemRegisters.Mpidr))];
}
