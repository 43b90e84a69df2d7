using KvmInterop.Native;
using KvmInterop.Native.Arm64;

namespace KvmInterop;

public readonly partial record struct DebugEvent
{
    [KvmArchitectures(KvmArchitecture.Arm64)]
    static partial void DecodeArm64(scoped in VcpuExit exit, ref DebugEvent happened)
    {
        ref readonly kvm_debug_exit_arch debug = ref exit.Debug;
        happened = Arm64DebugRegisters.Decode(debug.hsr | ((ulong)debug.hsr_high << 32), debug.far);
    }
}
