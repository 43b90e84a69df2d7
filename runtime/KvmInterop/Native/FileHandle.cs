using System.Runtime.InteropServices;

namespace KvmInterop.Native;

/// <summary>
/// A file that belongs to this library and has no mapping: an eventfd, a timer, an epoll instance.
/// </summary>
internal sealed class FileHandle : SafeHandle
{
    private FileHandle(int fd)
        : base(-1, ownsHandle: true) => SetHandle(fd);

    public override bool IsInvalid => handle < 0;

    internal int Fd => (int)handle;

    /// <summary>Takes the result of the system call that made the file.</summary>
    /// <exception cref="KvmException">It is negative.</exception>
    internal static FileHandle Of(int fd, string operation)
    {
        if (fd < 0)
        {
            KvmException.ThrowForLastError(operation, null);
        }

        return new FileHandle(fd);
    }

    protected override bool ReleaseHandle() => Libc.Close((int)handle) == 0;
}
