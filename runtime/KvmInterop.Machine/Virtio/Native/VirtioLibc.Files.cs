using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KvmInterop.Machine.Virtio.Native;

// Files that do not block, which .NET's streams do not have.
internal static partial class VirtioLibc
{
    /// <summary>O_RDWR of <c>open(2)</c>.</summary>
    internal const int OpenReadWrite = 0x2;

    /// <summary>O_NONBLOCK.</summary>
    internal const int OpenNonBlocking = 0x800;

    /// <summary>O_CLOEXEC.</summary>
    internal const int OpenCloseOnExec = 0x80000;

    /// <summary>TUNSETIFF of linux/if_tun.h, as the architectures with the generic ioctl.h have it.</summary>
    internal const uint SetInterfaceRequest = 0x400454ca;

    /// <summary>IFF_TAP.</summary>
    internal const short TapInterface = 0x0002;

    /// <summary>IFF_NO_PI: nothing before a frame.</summary>
    internal const short NoPacketInformation = 0x1000;

    [LibraryImport(
        Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    internal static partial nint Read(SafeFileHandle file, Span<byte> buffer, nuint length);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(SafeFileHandle file, ReadOnlySpan<byte> buffer, nuint length);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int SetInterface(SafeFileHandle file, nuint request, ref InterfaceRequest argument);
}
