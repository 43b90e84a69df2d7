using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KvmInterop.Examples.LinuxVm;

/// <summary>A new pseudo-terminal (pty(7)).</summary>
internal static partial class Pty
{
    private const int ReadWrite = 2; // O_RDWR
    private const int NotControlling = 0x100; // O_NOCTTY on x86.

    /// <summary>Opens one.</summary>
    /// <returns>Our end, and the path of the other.</returns>
    public static (Stream Master, string Path) Open()
    {
        int fd = OpenPt(ReadWrite | NotControlling);
        SafeFileHandle handle = new(fd, ownsHandle: true);
        if (fd < 0 || GrantPt(fd) < 0 || UnlockPt(fd) < 0)
        {
            handle.Dispose();
            throw new ExampleException(
                $"no pseudo-terminal can be had for COM1: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        byte[] name = new byte[64];
        if (PtsName(fd, name, (nuint)name.Length) != 0)
        {
            handle.Dispose();
            throw new ExampleException("the pseudo-terminal for COM1 has no name");
        }

        string path = System.Text.Encoding.UTF8.GetString(name, 0, Array.IndexOf(name, (byte)0));
        return (new FileStream(handle, FileAccess.ReadWrite, bufferSize: 0), path);
    }

    [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    private static partial int OpenPt(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt", SetLastError = true)]
    private static partial int GrantPt(int fd);

    [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    private static partial int UnlockPt(int fd);

    [LibraryImport("libc", EntryPoint = "ptsname_r")]
    private static partial int PtsName(int fd, byte[] name, nuint size);
}
