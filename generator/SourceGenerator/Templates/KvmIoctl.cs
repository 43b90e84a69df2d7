using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KvmInterop.Native;

/// <summary>
/// The call behind every ioctl method. It neither throws nor allocates, and it never repeats a call.
/// </summary>
public static class KvmIoctl
{
    // EINVAL of Linux' errno-base.h, which every architecture shares.
    private const int InvalidArgument = 22;

    /// <summary>Calls <c>ioctl(2)</c> with a number, or with nothing (0), as its argument.</summary>
    /// <param name="fd">The file.</param>
    /// <param name="request">The request, as C has it: 32 bits.</param>
    /// <param name="argument">The third argument.</param>
    /// <returns>What the kernel returns; after -1, <see cref="Marshal.GetLastPInvokeError"/> is the
    /// errno.</returns>
    public static int Call(int fd, uint request, nuint argument)
    {
        int result = ioctl(fd, request, argument);
        if (result == -1)
        {
            KeepErrno();
        }

        return result;
    }

    /// <summary>Calls <c>ioctl(2)</c> with a pointer as its argument.</summary>
    /// <param name="fd">The file.</param>
    /// <param name="request">The request, as C has it: 32 bits.</param>
    /// <param name="argument">What the kernel reads or writes; it stays in place until the call
    /// returns.</param>
    /// <returns>What the kernel returns; after -1, <see cref="Marshal.GetLastPInvokeError"/> is the
    /// errno.</returns>
    public static unsafe int Call(int fd, uint request, void* argument) => Call(fd, request, (nuint)argument);

    /// <summary>Calls <c>ioctl(2)</c> with a record and the array behind it as its argument.</summary>
    /// <param name="fd">The file.</param>
    /// <param name="request">The request, as C has it: 32 bits.</param>
    /// <param name="buffer">The record and its array.</param>
    /// <typeparam name="THeader">The record.</typeparam>
    /// <typeparam name="TEntry">An element of its array.</typeparam>
    /// <returns>
    /// What the kernel returns; after -1, <see cref="Marshal.GetLastPInvokeError"/> is the errno. Without a
    /// call, -1 and EINVAL if the record counts more entries than the buffer has room for.
    /// </returns>
    public static unsafe int Call<THeader, TEntry>(int fd, uint request, KvmBuffer<THeader, TEntry> buffer)
        where THeader : unmanaged, IKvmFlexible<THeader, TEntry>
        where TEntry : unmanaged
    {
        if (!buffer.IsConsistent)
        {
            Marshal.SetLastPInvokeError(InvalidArgument);
            return -1;
        }

        // SAFETY: the memory belongs to the buffer, which never moves it and is kept alive until the call is
        // over; the check above says that what the record makes the kernel touch ends before the memory does.
        int result = Call(fd, request, (nuint)buffer.Pointer);
        GC.KeepAlive(buffer);
        return result;
    }

    // DisableRuntimeMarshalling rules out SetLastError, so errno is saved by hand, and only after a failure: a
    // success leaves errno alone, and C's rule is to look at it only then. What can run on this thread between
    // the system call and here (waiting for a garbage collection, a signal of the runtime's, compiling this
    // method) puts errno back as it found it; SetLastError's own code relies on that too.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void KeepErrno() => Marshal.SetLastPInvokeError(Marshal.GetLastSystemError());

    // ioctl is variadic in C; on the Linux ABIs that .NET runs on, three integer arguments are passed alike
    // either way.
    [DllImport("libc", EntryPoint = "ioctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ioctl(int fd, nuint request, nuint argument);
}
