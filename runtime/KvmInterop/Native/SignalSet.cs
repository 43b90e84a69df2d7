using System.Runtime.InteropServices;

namespace KvmInterop.Native;

/// <summary>
/// The C library's <c>sigset_t</c>: 128 bytes, of which the first 64 bits are the kernel's 64 signals.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
internal struct SignalSet
{
    /// <summary>Bit n is signal n + 1.</summary>
    internal ulong First;

    internal static SignalSet Of(int signal) => new() { First = 1UL << (signal - 1) };
}
