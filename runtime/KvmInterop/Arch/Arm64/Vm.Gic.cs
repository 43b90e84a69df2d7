using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class Vm
{
    // KVM's own choice where none is made (VGIC_NR_IRQS_LEGACY).
    private const uint DefaultInterrupts = 256;

    private readonly Lock gicLock = new();

    /// <summary>What the VM was given, to be saved with it.</summary>
    internal Gic? Gic { get; private set; }

    // Never changed in place. No ImmutableArray, whose library each VM would load for it.
    internal GicIts[] Its { get; private set; } = [];

    /// <summary>Makes a GICv2 in the kernel (KVM_DEV_TYPE_ARM_VGIC_V2).</summary>
    /// <param name="distributorAddress">Guest-physical, a multiple of 4 KiB; 4 KiB long.</param>
    /// <param name="cpuInterfaceAddress">Guest-physical, a multiple of 4 KiB; 8 KiB long.</param>
    /// <param name="interrupts">64 to 1024, in steps of 32; 32 of them are private.</param>
    /// <inheritdoc cref="CreateGicV3"/>
    [KvmArchitectures(KvmArchitecture.Arm64)]
    public GicV2 CreateGicV2(
        ulong distributorAddress, ulong cpuInterfaceAddress, uint interrupts = DefaultInterrupts)
    {
        NeededArchitecture.Check(KvmArchitecture.Arm64, "KVM_DEV_TYPE_ARM_VGIC_V2");
        return Keep(new GicV2(this, distributorAddress, cpuInterfaceAddress, interrupts));
    }

    /// <summary>Makes a GICv3 in the kernel (KVM_DEV_TYPE_ARM_VGIC_V3).</summary>
    /// <param name="distributorAddress">Guest-physical, a multiple of 64 KiB; 64 KiB long.</param>
    /// <param name="redistributors">Together with room for all vCPUs.</param>
    /// <param name="interrupts">64 to 1024, in steps of 32; 32 of them are private.</param>
    /// <remarks>Initialize it when all vCPUs are made.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">A region of redistributors is none.</exception>
    /// <exception cref="PlatformNotSupportedException">This is not an arm64 process.</exception>
    /// <exception cref="KvmException">A call failed: ENODEV, the host has no such controller; EEXIST, the VM
    /// has one already; E2BIG, an address is beyond what a guest can have; EINVAL, it is not aligned, or the
    /// number of interrupts is none.</exception>
    [KvmArchitectures(KvmArchitecture.Arm64)]
    public GicV3 CreateGicV3(
        ulong distributorAddress, ReadOnlySpan<GicRedistributorRegion> redistributors,
        uint interrupts = DefaultInterrupts)
    {
        NeededArchitecture.Check(KvmArchitecture.Arm64, "KVM_DEV_TYPE_ARM_VGIC_V3");
        return Keep(new GicV3(this, distributorAddress, redistributors, interrupts));
    }

    /// <summary>Makes and initializes an ITS in the kernel (KVM_DEV_TYPE_ARM_VGIC_ITS), after the
    /// GICv3.</summary>
    /// <param name="address">Guest-physical, a multiple of 64 KiB; 128 KiB long.</param>
    /// <inheritdoc cref="CreateGicV3"/>
    [KvmArchitectures(KvmArchitecture.Arm64)]
    public GicIts CreateGicIts(ulong address)
    {
        NeededArchitecture.Check(KvmArchitecture.Arm64, "KVM_DEV_TYPE_ARM_VGIC_ITS");
        lock (gicLock)
        {
            GicIts made = new(this, address);
            Its = [.. Its, made];
            return made;
        }
    }

    private T Keep<T>(T gic)
        where T : Gic
    {
        Gic = gic;
        return gic;
    }
}
