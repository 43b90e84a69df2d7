using KvmInterop.Native;

namespace KvmInterop;

/// <summary>A GICv2 in the kernel, for up to 8 vCPUs (KVM_DEV_TYPE_ARM_VGIC_V2).</summary>
/// <remarks>The host's controller must be a GICv2, or a GICv3 that can play one.</remarks>
[KvmArchitectures(KvmArchitecture.Arm64)]
public sealed class GicV2 : Gic
{
    internal GicV2(Vm vm, ulong distributorAddress, ulong cpuInterfaceAddress, uint interrupts)
        : base(vm, KvmApi.KVM_DEV_TYPE_ARM_VGIC_V2, interrupts)
    {
        DistributorAddress = distributorAddress;
        CpuInterfaceAddress = cpuInterfaceAddress;
        try
        {
            SetInterruptCount();
            SetAddress(KvmApi.KVM_VGIC_V2_ADDR_TYPE_DIST, distributorAddress);
            SetAddress(KvmApi.KVM_VGIC_V2_ADDR_TYPE_CPU, cpuInterfaceAddress);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Guest-physical address of the distributor, of KVM_VGIC_V2_DIST_SIZE bytes.</summary>
    public ulong DistributorAddress { get; }

    /// <summary>
    /// Guest-physical address of the CPU interface, of KVM_VGIC_V2_CPU_SIZE bytes: the same for each vCPU,
    /// which sees its own there.
    /// </summary>
    public ulong CpuInterfaceAddress { get; }

    /// <summary>A register of the distributor (KVM_DEV_ARM_VGIC_GRP_DIST_REGS).</summary>
    /// <param name="vcpu">The vCPU's index, whose copy is meant where each has one.</param>
    /// <param name="offset">In the distributor.</param>
    /// <exception cref="KvmException">The attribute was refused: EBUSY, a vCPU runs; ENXIO, there is no such
    /// register.</exception>
    public uint GetDistributorRegister(uint vcpu, uint offset) =>
        Device.GetAttribute<uint>(KvmApi.KVM_DEV_ARM_VGIC_GRP_DIST_REGS, RegisterOf(vcpu, offset));

    /// <summary>Sets a register of the distributor (KVM_DEV_ARM_VGIC_GRP_DIST_REGS).</summary>
    /// <param name="vcpu">The vCPU's index, whose copy is meant where each has one.</param>
    /// <param name="offset">In the distributor.</param>
    /// <param name="value">Not all take effect as when a guest writes it: see the kernel's
    /// devices/arm-vgic.rst.</param>
    /// <inheritdoc cref="GetDistributorRegister"/>
    public void SetDistributorRegister(uint vcpu, uint offset, uint value) =>
        Device.SetAttribute(KvmApi.KVM_DEV_ARM_VGIC_GRP_DIST_REGS, RegisterOf(vcpu, offset), in value);

    /// <summary>A register of a vCPU's interface (KVM_DEV_ARM_VGIC_GRP_CPU_REGS).</summary>
    /// <param name="vcpu">The vCPU's index.</param>
    /// <param name="offset">In the CPU interface.</param>
    /// <inheritdoc cref="GetDistributorRegister"/>
    public uint GetCpuRegister(uint vcpu, uint offset) =>
        Device.GetAttribute<uint>(KvmApi.KVM_DEV_ARM_VGIC_GRP_CPU_REGS, RegisterOf(vcpu, offset));

    /// <summary>Sets a register of a vCPU's interface (KVM_DEV_ARM_VGIC_GRP_CPU_REGS).</summary>
    /// <param name="vcpu">The vCPU's index.</param>
    /// <param name="offset">In the CPU interface.</param>
    /// <param name="value">Its new value.</param>
    /// <inheritdoc cref="GetDistributorRegister"/>
    public void SetCpuRegister(uint vcpu, uint offset, uint value) =>
        Device.SetAttribute(KvmApi.KVM_DEV_ARM_VGIC_GRP_CPU_REGS, RegisterOf(vcpu, offset), in value);

    private static ulong RegisterOf(uint vcpu, uint offset) =>
        (((ulong)vcpu << KvmApi.KVM_DEV_ARM_VGIC_CPUID_SHIFT) & KvmApi.KVM_DEV_ARM_VGIC_CPUID_MASK)
        | ((ulong)offset << KvmApi.KVM_DEV_ARM_VGIC_OFFSET_SHIFT);
}
