using KvmInterop.Native;

namespace KvmInterop;

/// <summary>What the generic interrupt controllers of arm64 have in common (Arm's GIC, in the
/// kernel).</summary>
/// <remarks>
/// Made before its vCPUs run, initialized when all of them are made. It is a part of the VM from then on:
/// disposed, only its file is closed. All members may be called from any thread; those that read or set
/// registers while no vCPU runs.
/// </remarks>
[KvmArchitectures(KvmArchitecture.Arm64)]
public abstract class Gic : IDisposable
{
    // SGIs and PPIs (IHI 0069, 2.2.1): each vCPU's own.
    private const uint PrivateInterrupts = 32;

    private readonly Vm vm;

    private protected Gic(Vm vm, uint type, uint interrupts)
    {
        this.vm = vm;
        InterruptCount = interrupts;
        Device = vm.CreateDevice(type);
    }

    /// <summary>The device, for attributes that have no member here.</summary>
    public KvmDevice Device { get; }

    /// <summary>Interrupts in all: 32 private ones of each vCPU, and the shared ones.</summary>
    public uint InterruptCount { get; }

    /// <summary>
    /// Brings it into service (KVM_DEV_ARM_VGIC_CTRL_INIT), when all vCPUs are made and before one runs.
    /// </summary>
    /// <remarks>
    /// KVM makes its default routes here: GSI n is the n-th shared interrupt, INTID 32 + n. Routes that were
    /// set before are gone.
    /// </remarks>
    /// <exception cref="KvmException">The attribute was refused: EBUSY, a vCPU is being made; ENXIO, an
    /// address is missing.</exception>
    public void Initialize()
    {
        Device.Command(KvmApi.KVM_DEV_ARM_VGIC_GRP_CTRL, KvmApi.KVM_DEV_ARM_VGIC_CTRL_INIT);
        uint shared = InterruptCount - PrivateInterrupts;
        vm.GsiRouting.Assume(GsiRoute.GicDefaults(shared), shared);
    }

    /// <summary>Closes the device's file.</summary>
    public void Dispose()
    {
        Device.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected void SetAddress(int type, ulong address) =>
        Device.SetAttribute(KvmApi.KVM_DEV_ARM_VGIC_GRP_ADDR, (ulong)type, in address);

    private protected void SetInterruptCount() =>
        Device.SetAttribute(KvmApi.KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, InterruptCount);
}
