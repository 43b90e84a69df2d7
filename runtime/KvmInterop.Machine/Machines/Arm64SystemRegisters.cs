using KvmInterop.Native;

namespace KvmInterop.Machine.Machines;

/// <summary>System registers by op0, op1, CRn, CRm and op2 (Arm ARM, D24.2).</summary>
[KvmArchitectures(KvmArchitecture.Arm64)]
internal static class Arm64SystemRegisters
{
    /// <summary>MPIDR_EL1: which processor it is.</summary>
    internal static ulong Mpidr => KvmApi.ARM64_SYS_REG(3, 0, 0, 0, 5);

    /// <summary>ID_AA64MMFR0_EL1: which sizes of pages it has, among others.</summary>
    internal static ulong MemoryModelFeatures0 => KvmApi.ARM64_SYS_REG(3, 0, 0, 7, 0);
}
