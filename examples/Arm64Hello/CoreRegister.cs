using System.Runtime.CompilerServices;
using KvmInterop.Native;
using KvmInterop.Native.Arm64;

namespace KvmInterop.Examples.Arm64Hello;

/// <summary>Ids of the registers that <c>struct kvm_regs</c> of arm64 names.</summary>
[KvmArchitectures(KvmArchitecture.Arm64)]
internal static class CoreRegister
{
    /// <summary>The program counter. An id has the offset in 32-bit words (KVM_REG_ARM_CORE_REG).</summary>
    public static ulong Pc
    {
        get
        {
            kvm_regs all = default;
            nint offset = Unsafe.ByteOffset(
                ref Unsafe.As<kvm_regs, byte>(ref all), ref Unsafe.As<ulong, byte>(ref all.regs.pc));
            return KvmApi.KVM_REG_ARM64 | KvmApi.KVM_REG_SIZE_U64 | KvmApi.KVM_REG_ARM_CORE
                | ((ulong)offset / sizeof(uint));
        }
    }
}
