using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// All that the kernel has of a vCPU, read in one piece: to be set on another vCPU, here or in a later
/// process.
/// </summary>
/// <remarks>
/// Immutable, so safe for any thread. Guest memory and devices of this process are not in it.
/// </remarks>
public sealed class VcpuState
{
    private readonly StateSections sections;

    private VcpuState(StateSections sections)
    {
        this.sections = sections;
        Id = sections.Get<uint>(StateSection.VcpuId);
    }

    /// <summary>The vCPU's id in its VM.</summary>
    public uint Id { get; }

    /// <summary>The architecture that it is of.</summary>
    public KvmArchitecture Architecture => sections.Architecture;

    internal bool HasLocalApic => sections.Has(StateSection.X64Lapic);

    /// <summary>Reads the state of a vCPU that does not run.</summary>
    /// <remarks>
    /// An access that waits to be finished is finished first. No other vCPU of the VM may run meanwhile,
    /// because it could send this one an interrupt: <see cref="VmState.Save"/> does all of them.
    /// </remarks>
    /// <param name="kvm">Tells which registers are state on this host.</param>
    /// <param name="vcpu">The vCPU.</param>
    /// <exception cref="PlatformNotSupportedException">The architecture is not x86-64, arm64 or
    /// riscv64.</exception>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    /// <exception cref="KvmException">An ioctl failed.</exception>
    public static VcpuState Save(Kvm kvm, Vcpu vcpu)
    {
        ArgumentNullException.ThrowIfNull(kvm);
        ArgumentNullException.ThrowIfNull(vcpu);
        if (KvmHost.Architecture is not (KvmArchitecture.X64 or KvmArchitecture.Arm64 or KvmArchitecture.RiscV64))
        {
            throw Unsupported();
        }

        StateSections state = new(StateKind.Vcpu, KvmHost.Architecture);
        state.Add(StateSection.VcpuId, vcpu.Id);

        // First: it takes in an INIT or SIPI that has arrived, which changes registers.
        state.Add(StateSection.MpState, vcpu.GetMpState());
#if KVM_X64
        if (KvmHost.Architecture == KvmArchitecture.X64)
        {
            X64VcpuState.Save(kvm, vcpu, state);
        }
#else
        // A build without x86's headers.
        if (KvmHost.Architecture == KvmArchitecture.X64)
        {
            throw Unsupported();
        }
#endif
        if (KvmHost.Architecture is KvmArchitecture.Arm64 or KvmArchitecture.RiscV64)
        {
            RegisterState.Save(vcpu, state);
        }

        return new VcpuState(state);
    }

    /// <summary>Sets a vCPU's state to this one.</summary>
    /// <remarks>
    /// Everything that can be judged before is judged before; where the kernel itself refuses something, the
    /// vCPU is half restored and must not be run. On arm64 the vCPU must have been initialized with the same
    /// features.
    /// </remarks>
    /// <param name="kvm">Tells what this host can offer to a guest.</param>
    /// <param name="vm">The vCPU's VM.</param>
    /// <param name="vcpu">One with the same id, that does not run.</param>
    /// <exception cref="StateException">The state does not fit the vCPU, or lacks a part.</exception>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    /// <exception cref="KvmException">The kernel refused a part of the state.</exception>
    public void Restore(Kvm kvm, Vm vm, Vcpu vcpu) => Prepare(kvm, vm, vcpu)();

    /// <summary>The state as bytes; the same bytes for the same state.</summary>
    public byte[] ToBytes() => StateFormat.Write(sections);

    /// <summary>Reads what <see cref="ToBytes"/> gave. The bytes may come from anybody.</summary>
    /// <exception cref="StateException">They are no vCPU's state, damaged, or of another version.</exception>
    public static VcpuState Parse(ReadOnlySpan<byte> bytes) => new(StateFormat.Read(bytes, StateKind.Vcpu));

    /// <summary>Judges the whole state; what it returns sets it.</summary>
    internal Action Prepare(Kvm kvm, Vm vm, Vcpu vcpu)
    {
        ArgumentNullException.ThrowIfNull(kvm);
        ArgumentNullException.ThrowIfNull(vm);
        ArgumentNullException.ThrowIfNull(vcpu);
        CheckArchitecture(Architecture);
        if (vcpu.Id != Id)
        {
            throw new StateException(
                $"the saved state is of vCPU {Id} and this one has the id {vcpu.Id}: make it with the same "
                + "id");
        }

#if KVM_X64
        if (KvmHost.Architecture == KvmArchitecture.X64)
        {
            X64VcpuParts parts = X64VcpuState.Check(kvm, vm, vcpu, sections);
            return () => X64VcpuState.Restore(vcpu, parts);
        }
#endif

        return KvmHost.Architecture is KvmArchitecture.Arm64 or KvmArchitecture.RiscV64
            ? RegisterState.Prepare(vcpu, sections)
            : throw Unsupported();
    }

    internal static void CheckArchitecture(KvmArchitecture saved)
    {
        if (saved != KvmHost.Architecture)
        {
            throw new StateException(
                $"the saved state is of {saved} and this process runs on {KvmHost.Architecture}: restore it "
                + "on a "
                + "machine of its architecture");
        }
    }

    private static PlatformNotSupportedException Unsupported() => new(
        $"this library saves no vCPUs of {KvmHost.Architecture}; use generated calls for what you need of "
        + "one");
}
