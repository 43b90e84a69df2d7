using KvmInterop.Native;

namespace KvmInterop;

/// <summary>What a software breakpoint writes into memory.</summary>
internal static class BreakpointInstruction
{
    /// <summary>INT3 on x86; BRK #0 (Arm ARM, C6.2.43) on arm64, at multiples of its 4 bytes.</summary>
    internal static ReadOnlySpan<byte> Bytes => KvmHost.Architecture switch
    {
        KvmArchitecture.X64 => [0xcc],
        KvmArchitecture.Arm64 => [0x00, 0x00, 0x20, 0xd4],
        _ => throw GuestDebugSupport.MissingHere("a software breakpoint"),
    };
}
