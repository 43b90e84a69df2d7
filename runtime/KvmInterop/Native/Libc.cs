using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;

namespace KvmInterop.Native;

/// <summary>The few calls of the C library that are not ioctls: files and mappings.</summary>
/// <remarks>
/// Numbers here are the Linux system-call ABI of the architectures that .NET runs on, not KVM's.
/// </remarks>
internal static unsafe partial class Libc
{
    internal const int OpenReadWrite = 0x2;
    internal const int OpenNonBlocking = 0x800;
    internal const int OpenCloseOnExec = 0x80000;

    internal const int SeekFromEnd = 2;

    internal const int ProtectRead = 0x1;
    internal const int ProtectWrite = 0x2;

    internal const int MapShared = 0x1;
    internal const int MapPrivate = 0x2;
    internal const int MapAnonymous = 0x20;

    private const string Library = "libc";

    /// <summary>What <c>mmap</c> returns for an error.</summary>
    internal static void* MapFailed => (void*)(nint)(-1);

    /// <summary>
    /// <c>MAP_NORESERVE</c>: powerpc is the one architecture of .NET's with a number of its own.
    /// </summary>
    internal static int MapNoReserve =>
        RuntimeInformation.ProcessArchitecture == Architecture.Ppc64le ? 0x40 : 0x4000;

    /// <summary><c>O_NOFOLLOW</c>: arm64 and powerpc have numbers of their own.</summary>
    internal static int OpenNoFollow => RuntimeInformation.ProcessArchitecture is Architecture.Arm64
        or Architecture.Ppc64le ? 0x8000 : 0x20000;

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true)]
    internal static partial int Open([MarshalUsing(typeof(TextMarshaller))] string path, int flags);

    // off_t has 64 bits on all of these architectures.
    [LibraryImport(Library, EntryPoint = "lseek", SetLastError = true)]
    internal static partial long Seek(SafeHandle file, long offset, int from);

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int fd);

    [LibraryImport(Library, EntryPoint = "mmap", SetLastError = true)]
    internal static partial void* Map(
        void* address, nuint length, int protection, int flags, int fd, nint offset);

    [LibraryImport(Library, EntryPoint = "munmap", SetLastError = true)]
    internal static partial int Unmap(void* address, nuint length);
}
