using System.Runtime.InteropServices;
using KvmInterop.Native;
using Microsoft.Win32.SafeHandles;

namespace KvmInterop;

/// <summary>
/// A file of a snapshot's folder, which may come from anybody: no pipe, for whose other end one would wait, no device
/// that never ends, and no link to a file of the user's own, which a guest would get to see.
/// </summary>
/// <remarks>For those who save more than <see cref="VmSnapshot"/> does. From any thread.</remarks>
public static class SnapshotFile
{
    /// <summary>Opens it for reading.</summary>
    /// <param name="path">The file; where it is a link, it is not followed (open(2), O_NOFOLLOW).</param>
    /// <exception cref="StateException">It is a link, or no regular file.</exception>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static SafeFileHandle Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        int fd = Libc.Open(path, Libc.OpenNonBlocking | Libc.OpenCloseOnExec | Libc.OpenNoFollow);
        if (fd < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            throw error switch
            {
                Errno.ELOOP => new StateException(
                    $"{path} is a symbolic link, which no file of a snapshot is: put the file itself in its place"),
                Errno.ENXIO => NotRegular(path),
                Errno.ENOENT => new FileNotFoundException($"there is no file {path}", path),
                Errno.EACCES or Errno.EPERM => new UnauthorizedAccessException(
                    $"{path} may not be read by this user: change its mode, or run as its owner"),
                _ => new IOException($"{path} cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}"),
            };
        }

        SafeFileHandle file = new(fd, ownsHandle: true);
        if (Libc.Seek(file, 0, Libc.SeekFromEnd) >= 0 && !Directory.Exists(path))
        {
            return file;
        }

        file.Dispose();
        throw NotRegular(path);
    }

    /// <summary>Reads all of it; of a device that says it has nothing, nothing.</summary>
    /// <param name="path">The file; where it is a link, it is not followed.</param>
    /// <param name="most">Bytes that it may have.</param>
    /// <exception cref="StateException">It is a link, no regular file, or larger; or it got shorter
    /// meanwhile.</exception>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    /// <exception cref="IOException">It cannot be opened or read.</exception>
    public static byte[] ReadAll(string path, long most)
    {
        using SafeFileHandle file = Open(path);
        long length = RandomAccess.GetLength(file);
        if (length > most)
        {
            throw new StateException($"{path} has {length:#,0} bytes, and none has more than {most:#,0}");
        }

        byte[] bytes = new byte[length];
        for (int done = 0; done < bytes.Length;)
        {
            int read = RandomAccess.Read(file, bytes.AsSpan(done), done);
            done += read > 0 ? read : throw new StateException($"{path} was cut off while it was read");
        }

        return bytes;
    }

    private static StateException NotRegular(string path) => new(
        $"{path} is no regular file, as those of a snapshot are: take it from where the snapshot was made");
}
