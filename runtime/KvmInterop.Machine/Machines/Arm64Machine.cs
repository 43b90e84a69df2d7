using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Devices;
using KvmInterop.Native;

namespace KvmInterop.Machine.Machines;

/// <summary>
/// An arm64 machine: memory, vCPUs with a thread each, a GICv3 and timers in the kernel, PSCI, a serial port
/// (PL011) and a clock (PL031), and virtio devices; described to its kernel by a device tree.
/// </summary>
/// <remarks>
/// <para>Make it, add devices, <see cref="Load"/> a kernel, <see cref="Start"/> it and <see cref="Wait"/> for its
/// end. What is made of it can be reached: nothing that KVM offers is hidden.</para>
/// <para><see cref="Stop"/>, <see cref="Finish"/> and <see cref="Wait"/> are for any thread; all else is for
/// the one that makes the machine.</para>
/// </remarks>
[KvmArchitectures(KvmArchitecture.Arm64)]
public sealed partial class Arm64Machine : IDisposable
{
    private const int SeedSize = 64;

    private readonly Arm64MachineOptions options;
    private readonly List<Vcpu> vcpus = [];
    private readonly List<RunLoop> loops = [];
    private readonly Arm64Description description;
    private Arm64StartState? startState;

    /// <summary>Makes the machine, which does not run yet.</summary>
    /// <param name="kvm">Not owned; may be disposed once the machine is made.</param>
    /// <param name="options">What it is made of.</param>
    /// <exception cref="ArgumentOutOfRangeException">Memory or vCPUs are too few or too many.</exception>
    /// <exception cref="NotSupportedException">This KVM does not have as many vCPUs.</exception>
    /// <exception cref="PlatformNotSupportedException">This is not an arm64 process.</exception>
    /// <exception cref="KvmException">An ioctl failed: ENODEV, the host has no GICv3.</exception>
    public Arm64Machine(Kvm kvm, Arm64MachineOptions options)
    {
        ArgumentNullException.ThrowIfNull(kvm);
        ArgumentNullException.ThrowIfNull(options);
        CheckCpus(kvm, options.Cpus);
        this.options = options;
        Layout = new Arm64MemoryLayout(options.MemorySize);
        Vm = kvm.CreateVm();
        try
        {
            Vm.AddMemory(Arm64MemoryLayout.Start, Layout.Size, options.Memory);
            Gic = Vm.CreateGicV3(
                Arm64Addresses.Distributor,
                [new GicRedistributorRegion(Arm64Addresses.Redistributors, (uint)options.Cpus)],
                Arm64Addresses.Interrupts);
            Serial = new Pl011(Line(Arm64Addresses.SerialInterrupt), SerialOutput());
            Mmio.Register("serial", Arm64Addresses.Serial, Pl011.Size, Serial);
            Clock = new Pl031(Line(Arm64Addresses.ClockInterrupt));
            Mmio.Register("clock", Arm64Addresses.Clock, Pl031.Size, Clock);
            Vcpus = new VcpuGroup { StopHandler = Judge };
            AddVcpus();
            Gic.Initialize();
            description = new Arm64Description(Layout.Size, Mpidrs(), Seed());
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
    public Arm64MemoryLayout Layout { get; }

    /// <summary>Memory-mapped devices. They may be added and removed at any time.</summary>
    public MmioBus Mmio { get; } = new();

    /// <summary>The interrupt controller.</summary>
    public GicV3 Gic { get; } = null!;

    /// <summary>The serial port.</summary>
    public Pl011 Serial { get; } = null!;

    /// <summary>The clock.</summary>
    public Pl031 Clock { get; } = null!;

    /// <summary>The threads of the vCPUs; for pauses and debuggers.</summary>
    public VcpuGroup Vcpus { get; } = null!;

    /// <summary>For devices: runs on its own thread from <see cref="Start"/> on.</summary>
    public EventLoop Events { get; } = new();

    /// <summary>The run loop of each vCPU.</summary>
    public IReadOnlyList<RunLoop> Loops => loops;

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
        Granules.Check(image, vcpus[0]);
        if (commandLine.Contains('\0', StringComparison.Ordinal))
        {
            throw new BootImageException("the command line has a zero byte in it, at which it would end");
        }

        startState = image.Load(Memory, Layout, initrd, range => description.ToBytes(commandLine, range));
    }

    /// <summary>Sets the first vCPU's registers, and starts all threads; the others wait for PSCI.</summary>
    /// <param name="token">Stops the machine when it is cancelled.</param>
    /// <exception cref="InvalidOperationException">Nothing is loaded, or it was started before.</exception>
    /// <exception cref="KvmException">An ioctl failed.</exception>
    public void Start(CancellationToken token = default)
    {
        Arm64StartState start = startState
            ?? throw new InvalidOperationException("no kernel is loaded; call Load");
        start.ApplyTo(vcpus[0]);
        Events.Start();
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
        ArgumentOutOfRangeException.ThrowIfLessThan(cpus, 1, nameof(Arm64MachineOptions.Cpus));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(
            cpus, Arm64MachineOptions.MostCpus, nameof(Arm64MachineOptions.Cpus));
        int most = kvm.CheckExtension(KvmCapability.KVM_CAP_MAX_VCPUS);
        if (cpus > most)
        {
            throw new NotSupportedException(
                $"the machine is to have {cpus} vCPUs, and this kernel's KVM allows {most}; ask for fewer");
        }
    }

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

    // PSCI's CPU_ON powers the others up; until then they wait in the kernel.
    private void AddVcpus()
    {
        for (int i = 0; i < options.Cpus; i++)
        {
            Vcpu vcpu = Vm.CreateVcpu((uint)i);
            vcpus.Add(vcpu);
            vcpu.Initialize(
                i == 0
                    ? [KvmApi.KVM_ARM_VCPU_PSCI_0_2]
                    : [KvmApi.KVM_ARM_VCPU_PSCI_0_2, KvmApi.KVM_ARM_VCPU_POWER_OFF]);
            RunLoop loop = new(vcpu, mmio: Mmio);
            loops.Add(loop);
            Vcpus.Add(loop);
        }
    }

    private ulong[] Mpidrs() =>
        [.. vcpus.Select(vcpu => vcpu.GetRegister<ulong>(Arm64SystemRegisters.Mpidr))];

    // Threads first: nothing may be called that is gone.
    private void DisposeParts()
    {
        Vcpus?.Dispose();
        DisposeVirtio();
        Events.Dispose();
        Clock?.Dispose();
        Gic?.Dispose();
        vcpus.ForEach(vcpu => vcpu.Dispose());
        Vm.Dispose();
    }
}
