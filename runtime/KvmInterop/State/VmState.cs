using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// All that the kernel has of a VM beside its memory: interrupt controllers, timer, clock, and every vCPU.
/// </summary>
/// <remarks>
/// Immutable, so safe for any thread. A GICv3 and ITSs are in it as long as their objects are not disposed;
/// RISC-V's AIA is not, nor an x86 I/O APIC of the program's. Not in it either: guest memory
/// (<see cref="VmSnapshot"/> has both), devices of this process, and what only says how the kernel reaches them
/// (irqfds, ioeventfds, coalesced ranges): make those again.
/// </remarks>
public sealed class VmState
{
    // KVM_MAX_VCPUS is lower on every architecture.
    private const int MostVcpus = 65536;

    // Those that this library can save vCPUs of.
    private const KvmArchitecture WithRoutes =
        KvmArchitecture.X64 | KvmArchitecture.Arm64 | KvmArchitecture.RiscV64;

    private readonly StateSections sections;
    private readonly VcpuState[] vcpus;

    private VmState(StateSections sections, VcpuState[] vcpus)
    {
        this.sections = sections;
        this.vcpus = vcpus;
    }

    /// <summary>The architecture that it is of.</summary>
    public KvmArchitecture Architecture => sections.Architecture;

    /// <summary>The vCPUs, in the order in which they were saved.</summary>
    public IReadOnlyList<VcpuState> Vcpus => Array.AsReadOnly(vcpus);

    /// <summary>Whether the VM has interrupt controllers in the kernel (KVM_CREATE_IRQCHIP on x86).</summary>
    public bool HasIrqchip => sections.Has(StateSection.X64Irqchip);

    /// <summary>
    /// Whether the vCPUs have local APICs in the kernel: so with <see cref="HasIrqchip"/>, and without it
    /// where the I/O APIC is the program's (KVM_CAP_SPLIT_IRQCHIP).
    /// </summary>
    public bool HasLocalApics => vcpus[0].HasLocalApic;

    /// <summary>Whether the VM has a GICv3 in the kernel (KVM_DEV_TYPE_ARM_VGIC_V3).</summary>
    public bool HasGic => sections.Has(StateSection.Arm64Gic);

    /// <summary>Whether the VM has a PIT in the kernel (KVM_CREATE_PIT2).</summary>
    public bool HasPit => sections.Has(StateSection.X64Pit);

    /// <summary>Reads the state of a VM none of whose vCPUs runs.</summary>
    /// <param name="kvm">Tells which registers are state on this host.</param>
    /// <param name="vm">The VM.</param>
    /// <param name="vcpus">All of its vCPUs, paused or stopped; their order is that of
    /// <see cref="Restore"/>.</param>
    /// <exception cref="ArgumentException">There is no vCPU, or one twice.</exception>
    /// <exception cref="InvalidOperationException">A vCPU is running on another thread.</exception>
    /// <exception cref="PlatformNotSupportedException">This library saves no vCPUs of the
    /// architecture.</exception>
    /// <exception cref="NotSupportedException">The VM has a GICv2.</exception>
    /// <exception cref="StateException">The VM's GICv3 is not initialized.</exception>
    /// <exception cref="ObjectDisposedException">The object of its GIC or an ITS is disposed.</exception>
    /// <exception cref="KvmException">An ioctl failed.</exception>
    public static VmState Save(Kvm kvm, Vm vm, params ReadOnlySpan<Vcpu> vcpus)
    {
        ArgumentNullException.ThrowIfNull(kvm);
        ArgumentNullException.ThrowIfNull(vm);
        CheckVcpus(vcpus);
        VcpuState[] states = new VcpuState[vcpus.Length];
        for (int i = 0; i < states.Length; i++)
        {
            states[i] = VcpuState.Save(kvm, vcpus[i]);
        }

        StateSections state = new(StateKind.Vm, KvmHost.Architecture);
        SaveVm(vm, vcpus, state);

        for (int i = 0; i < states.Length; i++)
        {
            state.Add(StateSection.Vcpu, states[i].ToBytes(), (uint)i);
        }

        return new VmState(state, states);
    }

    /// <summary>
    /// Sets a VM's state to this one: its interrupt controllers, its vCPUs, its timer and clock.
    /// </summary>
    /// <remarks>
    /// <para>The VM must be made as the saved one was: the same interrupt controllers and timer, vCPUs with
    /// the same ids, and memory with its content, because setting some registers makes the kernel write to
    /// it.</para>
    /// <para>All parts are judged before the first is set; where the kernel itself refuses something, the VM
    /// is half restored and must not be run. The guest's time goes on from where it was saved.</para>
    /// </remarks>
    /// <param name="kvm">Tells what this host can offer to a guest.</param>
    /// <param name="vm">The VM.</param>
    /// <param name="vcpus">All of its vCPUs, in the order of <see cref="Save"/>, none running.</param>
    /// <exception cref="ArgumentException">There is no vCPU, or one twice.</exception>
    /// <exception cref="StateException">The state does not fit the VM, or lacks a part.</exception>
    /// <exception cref="InvalidOperationException">A vCPU is running on another thread.</exception>
    /// <exception cref="KvmException">The kernel refused a part of the state.</exception>
    public void Restore(Kvm kvm, Vm vm, params ReadOnlySpan<Vcpu> vcpus)
    {
        ArgumentNullException.ThrowIfNull(kvm);
        ArgumentNullException.ThrowIfNull(vm);
        CheckVcpus(vcpus);
        VcpuState.CheckArchitecture(Architecture);
        if (vcpus.Length != this.vcpus.Length)
        {
            throw new StateException(
                $"the saved VM has {this.vcpus.Length} vCPUs and this one {vcpus.Length}: make as many");
        }

        Action[] restore = new Action[vcpus.Length];
        for (int i = 0; i < restore.Length; i++)
        {
            restore[i] = this.vcpus[i].Prepare(kvm, vm, vcpus[i]);
        }

        RestoreAll(vm, vcpus, restore);
    }

    /// <summary>The state as bytes; the same bytes for the same state.</summary>
    public byte[] ToBytes() => StateFormat.Write(sections);

    /// <summary>Reads what <see cref="ToBytes"/> gave. The bytes may come from anybody.</summary>
    /// <exception cref="StateException">They are no VM's state, damaged, or of another version.</exception>
    public static VmState Parse(ReadOnlySpan<byte> bytes)
    {
        StateSections state = StateFormat.Read(bytes, StateKind.Vm);
        int count = state.All.Count(section => section.Id == StateSection.Vcpu);
        if (count is 0 or > MostVcpus)
        {
            throw new StateException($"the saved state has {count:#,0} vCPUs, which no VM has");
        }

        VcpuState[] vcpus = new VcpuState[count];
        for (int i = 0; i < count; i++)
        {
            vcpus[i] = VcpuState.Parse(state.Need(StateSection.Vcpu, (uint)i));
            if (vcpus[i].Architecture != state.Architecture)
            {
                throw new StateException(
                    $"the saved state is of {state.Architecture} and its vCPU {i} of "
                    + $"{vcpus[i].Architecture}");
            }
        }

        return new VmState(state, vcpus);
    }

    private static void SaveVm(Vm vm, ReadOnlySpan<Vcpu> vcpus, StateSections state)
    {
        if ((KvmHost.Architecture & WithRoutes) != KvmArchitecture.None)
        {
            GsiRouteState.Save(vm, state);
        }

#if KVM_X64
        if (KvmHost.Architecture == KvmArchitecture.X64)
        {
            X64VmState.Save(vm, state);
        }
#endif
#if KVM_ARM64
        if (KvmHost.Architecture == KvmArchitecture.Arm64)
        {
            Arm64VmState.Save(vm, vcpus, state);
        }
#endif
    }

    private void RestoreAll(Vm vm, ReadOnlySpan<Vcpu> vcpus, Action[] vcpuParts)
    {
        Action routes = (KvmHost.Architecture & WithRoutes) != KvmArchitecture.None
            ? GsiRouteState.Prepare(vm, sections)
            : static () => { };
        (Action before, Action after) = PrepareVm(vm, vcpus, sections);
        routes();
        before();
        foreach (Action vcpu in vcpuParts)
        {
            vcpu();
        }

        after();
    }

    // What is set before the vCPUs and after them; ARCHITECTURE.md has the reasons.
    private static (Action Before, Action After) PrepareVm(
        Vm vm, ReadOnlySpan<Vcpu> vcpus, StateSections sections)
    {
#if KVM_X64
        if (KvmHost.Architecture == KvmArchitecture.X64)
        {
            X64VmState.Check(vm, sections);
            return (() => X64VmState.RestoreChips(vm, sections), () => X64VmState.RestoreTime(vm, sections));
        }
#endif
#if KVM_ARM64
        if (KvmHost.Architecture == KvmArchitecture.Arm64)
        {
            return (static () => { }, Arm64VmState.Prepare(vm, vcpus, sections));
        }
#endif
        return (static () => { }, static () => { });
    }

    private static void CheckVcpus(ReadOnlySpan<Vcpu> vcpus)
    {
        HashSet<uint> ids = [];
        foreach (Vcpu vcpu in vcpus)
        {
            ArgumentNullException.ThrowIfNull(vcpu, nameof(vcpus));
            if (!ids.Add(vcpu.Id))
            {
                throw new ArgumentException($"vCPU {vcpu.Id} is there twice; name each once", nameof(vcpus));
            }
        }

        if (ids.Count == 0)
        {
            throw new ArgumentException("no vCPU is named; name all that the VM has", nameof(vcpus));
        }
    }
}
