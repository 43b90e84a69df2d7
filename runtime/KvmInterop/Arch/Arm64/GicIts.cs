using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// An interrupt translation service of a <see cref="GicV3"/> in the kernel (KVM_DEV_TYPE_ARM_VGIC_ITS): what
/// takes message-signalled interrupts on arm64.
/// </summary>
/// <remarks>
/// Any thread may call all members; those for tables and registers while no vCPU runs. Messages go to the
/// address plus 0x10040 (GITS_TRANSLATER) with the device's id. Restore in the order of the kernel's
/// devices/arm-vgic-its.rst: registers but for GITS_CTLR, tables, then that one.
/// </remarks>
[KvmArchitectures(KvmArchitecture.Arm64)]
public sealed class GicIts : IDisposable
{
    internal GicIts(Vm vm, ulong address)
    {
        Address = address;
        Device = vm.CreateDevice(KvmApi.KVM_DEV_TYPE_ARM_VGIC_ITS);
        try
        {
            Device.SetAttribute(
                KvmApi.KVM_DEV_ARM_VGIC_GRP_ADDR, KvmApi.KVM_VGIC_ITS_ADDR_TYPE, in address);
            Control(KvmApi.KVM_DEV_ARM_VGIC_CTRL_INIT);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The device, for attributes that have no member here.</summary>
    public KvmDevice Device { get; }

    /// <summary>Guest-physical address of its 128 KiB of registers.</summary>
    public ulong Address { get; }

    /// <summary>As it was when it was made (KVM_DEV_ARM_ITS_CTRL_RESET).</summary>
    /// <exception cref="KvmException">The attribute was refused: EBUSY, a vCPU runs.</exception>
    public void Reset() => Control(KvmApi.KVM_DEV_ARM_ITS_CTRL_RESET);

    /// <summary>
    /// Writes its tables into guest memory, where the guest's registers say (KVM_DEV_ARM_ITS_SAVE_TABLES):
    /// before memory is saved.
    /// </summary>
    /// <inheritdoc cref="Reset"/>
    public void SaveTables() => Control(KvmApi.KVM_DEV_ARM_ITS_SAVE_TABLES);

    /// <summary>Reads its tables from guest memory (KVM_DEV_ARM_ITS_RESTORE_TABLES).</summary>
    /// <inheritdoc cref="Reset"/>
    public void RestoreTables() => Control(KvmApi.KVM_DEV_ARM_ITS_RESTORE_TABLES);

    /// <summary>A register (KVM_DEV_ARM_VGIC_GRP_ITS_REGS).</summary>
    /// <param name="offset">In its control frame, a multiple of 8 for those of 64 bits.</param>
    /// <exception cref="KvmException">The attribute was refused: EBUSY, a vCPU runs; ENXIO, there is no such
    /// register.</exception>
    public ulong GetRegister(uint offset) =>
        Device.GetAttribute<ulong>(KvmApi.KVM_DEV_ARM_VGIC_GRP_ITS_REGS, offset);

    /// <summary>Sets a register (KVM_DEV_ARM_VGIC_GRP_ITS_REGS).</summary>
    /// <param name="offset">In its control frame.</param>
    /// <param name="value">Its new value.</param>
    /// <inheritdoc cref="GetRegister"/>
    public void SetRegister(uint offset, ulong value) =>
        Device.SetAttribute(KvmApi.KVM_DEV_ARM_VGIC_GRP_ITS_REGS, offset, in value);

    /// <summary>Closes the device's file; the service itself is a part of the VM.</summary>
    public void Dispose() => Device.Dispose();

    private void Control(int command) =>
        Device.Command(KvmApi.KVM_DEV_ARM_VGIC_GRP_CTRL, (ulong)command);
}
