using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KvmInterop.Native;

/// <summary>Reads and writes of several pieces of memory in one call (<c>preadv(2)</c>).</summary>
internal static unsafe partial class Libc
{
    [LibraryImport(Library, EntryPoint = "preadv", SetLastError = true)]
    internal static partial nint ReadVectors(SafeFileHandle file, IoVector* vectors, int count, long offset);

    [LibraryImport(Library, EntryPoint = "pwritev", SetLastError = true)]
    internal static partial nint WriteVectors(SafeFileHandle file, IoVector* vectors, int count, long offset);

    /// <summary><c>struct iovec</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct IoVector
    {
        internal byte* Start;
        internal nuint Length;
    }
}
