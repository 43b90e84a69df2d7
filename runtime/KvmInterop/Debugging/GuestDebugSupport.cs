using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>The sentence for architectures of which this library knows no debug registers.</summary>
internal static class GuestDebugSupport
{
    internal static bool IsHere => KvmHost.Architecture is KvmArchitecture.X64 or KvmArchitecture.Arm64;

    internal static PlatformNotSupportedException MissingHere(string what) => new(
        $"{what} is known here for x86-64 and arm64, and this process is "
        + $"{RuntimeInformation.ProcessArchitecture}'s; use the generated calls on Vcpu.Fd");
}
