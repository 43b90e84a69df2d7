using KvmInterop.Native;
using KvmInterop.Native.X64;

namespace KvmInterop;

public readonly partial record struct DebugEvent
{
    [KvmArchitectures(KvmArchitecture.X64)]
    static partial void DecodeX64(scoped in VcpuExit exit, ref DebugEvent happened)
    {
        ref readonly kvm_debug_exit_arch debug = ref exit.Debug;
        happened = X64DebugRegisters.Decode(debug.exception, debug.pc, debug.dr6, debug.dr7);
    }
}
