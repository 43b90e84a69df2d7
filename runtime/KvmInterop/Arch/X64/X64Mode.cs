using KvmInterop.Native;
using KvmInterop.Native.X64;

namespace KvmInterop;

/// <summary>In which mode an x86 vCPU executes.</summary>
[KvmArchitectures(KvmArchitecture.X64)]
internal static class X64Mode
{
    // EFER.LMA: Intel SDM volume 3, 2.2.1.
    private const ulong LongModeActive = 1 << 10;

    /// <summary>16, 32 or 64: how instructions are decoded, by CS.L, CS.D and EFER.LMA.</summary>
    internal static int Bitness(in kvm_sregs special) =>
        (special.efer & LongModeActive) != 0 && special.cs.l != 0 ? 64 : special.cs.db != 0 ? 32 : 16;
}
