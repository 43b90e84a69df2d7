using KvmInterop.Native;
using KvmInterop.Native.Arm64;

namespace KvmInterop.Machine.Boot;

/// <summary>How an arm64 kernel is entered (booting.rst): EL1, MMU off, interrupts masked, as after a
/// reset.</summary>
/// <param name="EntryPoint">Where the first instruction is.</param>
/// <param name="DeviceTree">The flattened device tree's address, in x0; x1 to x3 are 0.</param>
public readonly record struct Arm64StartState(ulong EntryPoint, ulong DeviceTree)
{
    /// <summary>Sets it on a vCPU that was initialized and did not run.</summary>
    /// <exception cref="KvmException">An ioctl failed.</exception>
    [KvmArchitectures(KvmArchitecture.Arm64)]
    public void ApplyTo(Vcpu vcpu)
    {
        ArgumentNullException.ThrowIfNull(vcpu);
        vcpu.SetRegister(KvmApiArm64.ARM64_CORE_REG(kvm_regs_member.regs.pc), EntryPoint);
        vcpu.SetRegister(KvmApiArm64.ARM64_CORE_REG(kvm_regs_member.regs.regs[0]), DeviceTree);
    }
}
