using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KvmInterop.Machine.Virtio.Native;

/// <summary>Calls of the C library that .NET has no other way to.</summary>
/// <remarks>Numbers are the Linux system-call ABI of the architectures that .NET runs on.</remarks>
internal static partial class VirtioLibc
{
    /// <summary>FALLOC_FL_KEEP_SIZE of <c>fallocate(2)</c>.</summary>
    internal const int KeepSize = 0x01;

    /// <summary>FALLOC_FL_PUNCH_HOLE.</summary>
    internal const int PunchHole = 0x02;

    /// <summary>FALLOC_FL_ZERO_RANGE.</summary>
    internal const int ZeroRange = 0x10;

    /// <summary>EINTR.</summary>
    internal const int Interrupted = 4;

    /// <summary>EINVAL.</summary>
    internal const int InvalidArgument = 22;

    /// <summary>ENOSYS.</summary>
    internal const int NoSystemCall = 38;

    /// <summary>EOPNOTSUPP.</summary>
    internal const int NotSupported = 95;

    private const string Library = "libc";

    // off_t has 64 bits on all of these architectures.
    [LibraryImport(Library, EntryPoint = "fallocate", SetLastError = true)]
    internal static partial int Fallocate(SafeFileHandle file, int mode, long offset, long length);

    // Up to 256 bytes come whole and without an interruption, once the host has booted (getrandom(2)).
    [LibraryImport(Library, EntryPoint = "getrandom", SetLastError = true)]
    internal static partial nint GetRandom(Span<byte> buffer, nuint length, uint flags);
}
