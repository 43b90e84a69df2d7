using KvmInterop.Native;

namespace KvmInterop;

/// <summary>A GICv3 in the kernel (KVM_DEV_TYPE_ARM_VGIC_V3). The host's controller must be one
/// too.</summary>
/// <remarks>
/// Registers are the GIC architecture's (Arm IHI 0069). Where a vCPU is to be named, it is by its MPIDR_EL1
/// as the vCPU's register has it.
/// </remarks>
[KvmArchitectures(KvmArchitecture.Arm64)]
public sealed class GicV3 : Gic
{
    // How one number says a region: the kernel's devices/arm-vgic-v3.rst,
    // KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION.
    private const int RegionCountShift = 52;
    private const uint MostInRegion = 0xfff;
    private const ulong RegionAlignment = 0x10000;

    private readonly GicRedistributorRegion[] redistributors;

    internal GicV3(
        Vm vm, ulong distributorAddress, ReadOnlySpan<GicRedistributorRegion> redistributors, uint interrupts)
        : base(vm, KvmApi.KVM_DEV_TYPE_ARM_VGIC_V3, interrupts)
    {
        DistributorAddress = distributorAddress;
        this.redistributors = [.. redistributors];
        try
        {
            SetInterruptCount();
            SetAddress(KvmApi.KVM_VGIC_V3_ADDR_TYPE_DIST, distributorAddress);
            for (int i = 0; i < this.redistributors.Length; i++)
            {
                SetAddress(
                    KvmApi.KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION, NumberOf(this.redistributors[i], (uint)i));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Guest-physical address of the distributor, of 64 KiB.</summary>
    public ulong DistributorAddress { get; }

    /// <summary>Where the redistributors are, in the order in which vCPUs fill them.</summary>
    public IReadOnlyList<GicRedistributorRegion> Redistributors => redistributors;

    /// <summary>A register of the distributor (KVM_DEV_ARM_VGIC_GRP_DIST_REGS).</summary>
    /// <param name="offset">In the distributor; a register of 64 bits is two of 32.</param>
    /// <exception cref="KvmException">The attribute was refused: EBUSY, a vCPU runs; ENXIO, there is no such
    /// register; EINVAL, there is no such vCPU.</exception>
    public uint GetDistributorRegister(uint offset) =>
        Device.GetAttribute<uint>(KvmApi.KVM_DEV_ARM_VGIC_GRP_DIST_REGS, offset);

    /// <summary>Sets a register of the distributor (KVM_DEV_ARM_VGIC_GRP_DIST_REGS).</summary>
    /// <param name="offset">In the distributor.</param>
    /// <param name="value">Not all take effect as when a guest writes it: see the kernel's
    /// devices/arm-vgic-v3.rst.</param>
    /// <inheritdoc cref="GetDistributorRegister"/>
    public void SetDistributorRegister(uint offset, uint value) =>
        Device.SetAttribute(KvmApi.KVM_DEV_ARM_VGIC_GRP_DIST_REGS, offset, in value);

    /// <summary>A register of a vCPU's redistributor (KVM_DEV_ARM_VGIC_GRP_REDIST_REGS).</summary>
    /// <param name="mpidr">The vCPU's MPIDR_EL1.</param>
    /// <param name="offset">In the redistributor, of both its pages.</param>
    /// <inheritdoc cref="GetDistributorRegister"/>
    public uint GetRedistributorRegister(ulong mpidr, uint offset) =>
        Device.GetAttribute<uint>(KvmApi.KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, Affinity(mpidr) | offset);

    /// <summary>Sets a register of a vCPU's redistributor (KVM_DEV_ARM_VGIC_GRP_REDIST_REGS).</summary>
    /// <param name="mpidr">The vCPU's MPIDR_EL1.</param>
    /// <param name="offset">In the redistributor.</param>
    /// <param name="value">Its new value.</param>
    /// <inheritdoc cref="GetDistributorRegister"/>
    public void SetRedistributorRegister(ulong mpidr, uint offset, uint value) =>
        Device.SetAttribute(KvmApi.KVM_DEV_ARM_VGIC_GRP_REDIST_REGS, Affinity(mpidr) | offset, in value);

    /// <summary>A system register of a vCPU's interface (KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS).</summary>
    /// <param name="mpidr">The vCPU's MPIDR_EL1.</param>
    /// <param name="register">Op0, Op1, CRn, CRm and Op2 as an instruction has them: 16 bits, as in the lower
    /// half of ARM64_SYS_REG.</param>
    /// <inheritdoc cref="GetDistributorRegister"/>
    public ulong GetCpuRegister(ulong mpidr, ushort register) =>
        Device.GetAttribute<ulong>(KvmApi.KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, Affinity(mpidr) | register);

    /// <summary>Sets a system register of a vCPU's interface (KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS).</summary>
    /// <param name="mpidr">The vCPU's MPIDR_EL1.</param>
    /// <param name="register">As for <see cref="GetCpuRegister"/>.</param>
    /// <param name="value">Its new value.</param>
    /// <inheritdoc cref="GetDistributorRegister"/>
    public void SetCpuRegister(ulong mpidr, ushort register, ulong value) =>
        Device.SetAttribute(KvmApi.KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS, Affinity(mpidr) | register, in value);

    /// <summary>The levels of 32 lines (KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO).</summary>
    /// <param name="mpidr">The MPIDR_EL1 of the vCPU, for private interrupts.</param>
    /// <param name="firstInterrupt">The INTID of bit 0, a multiple of 32.</param>
    /// <inheritdoc cref="GetDistributorRegister"/>
    public uint GetLineLevels(ulong mpidr, uint firstInterrupt) =>
        Device.GetAttribute<uint>(KvmApi.KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, LinesOf(mpidr, firstInterrupt));

    /// <summary>Sets the levels of 32 lines (KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO).</summary>
    /// <param name="mpidr">The MPIDR_EL1 of the vCPU, for private interrupts.</param>
    /// <param name="firstInterrupt">The INTID of bit 0, a multiple of 32.</param>
    /// <param name="levels">One bit for each.</param>
    /// <inheritdoc cref="GetDistributorRegister"/>
    public void SetLineLevels(ulong mpidr, uint firstInterrupt, uint levels) => Device.SetAttribute(
        KvmApi.KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, LinesOf(mpidr, firstInterrupt), in levels);

    /// <summary>
    /// Writes what is pending of message interrupts into the guest's own tables in its memory
    /// (KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES): before memory is saved.
    /// </summary>
    /// <inheritdoc cref="GetDistributorRegister"/>
    public void SavePendingTables() =>
        Device.Command(KvmApi.KVM_DEV_ARM_VGIC_GRP_CTRL, KvmApi.KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES);

    private static ulong NumberOf(GicRedistributorRegion region, uint index)
    {
        ArgumentOutOfRangeException.ThrowIfZero(region.Count, nameof(region));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(region.Count, MostInRegion, nameof(region));
        if (region.Address % RegionAlignment != 0 || region.Address >> RegionCountShift != 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(region), $"redistributors at 0x{region.Address:x} are not at a multiple of 64 KiB");
        }

        return ((ulong)region.Count << RegionCountShift) | region.Address | index;
    }

    private static ulong LinesOf(ulong mpidr, uint firstInterrupt) =>
        Affinity(mpidr)
        | ((ulong)KvmApi.VGIC_LEVEL_INFO_LINE_LEVEL << KvmApi.KVM_DEV_ARM_VGIC_LINE_LEVEL_INFO_SHIFT)
        | firstInterrupt;

    // MPIDR_EL1 has Aff3 in bits 32 to 39 and the others in 0 to 23; the attribute has all four in a row.
    private static ulong Affinity(ulong mpidr) =>
        (((mpidr >> 8) & 0xff00_0000) | (mpidr & 0xff_ffff)) << KvmApi.KVM_DEV_ARM_VGIC_V3_MPIDR_SHIFT;
}
