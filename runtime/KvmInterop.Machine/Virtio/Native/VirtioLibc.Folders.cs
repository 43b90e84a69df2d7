using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KvmInterop.Machine.Virtio.Native;

// Files by a folder and a name in it, as openat(2) and its like have them. Names end with a zero byte.
internal static partial class VirtioLibc
{
    /// <summary>AT_FDCWD.</summary>
    internal const int CurrentFolder = -100;

    /// <summary>AT_SYMLINK_FOLLOW of <c>linkat(2)</c>.</summary>
    internal const int FollowLink = 0x400;

    /// <summary>AT_EMPTY_PATH: the file itself.</summary>
    internal const int EmptyPath = 0x1000;

    /// <summary>AT_SYMLINK_NOFOLLOW.</summary>
    internal const int NoFollow = 0x100;

    /// <summary>STATX_BASIC_STATS and STATX_BTIME.</summary>
    internal const uint AllStatistics = 0xfff;

    /// <summary>SEEK_SET.</summary>
    internal const int SeekFromStart = 0;

    /// <summary>F_DUPFD_CLOEXEC of <c>fcntl(2)</c>.</summary>
    internal const int Duplicate = 1030;

    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    internal static partial SafeFileHandle Control(SafeFileHandle file, int command, int least);

    [LibraryImport(Library, EntryPoint = "openat", SetLastError = true)]
    internal static partial SafeFileHandle OpenAt(SafeFileHandle folder, ReadOnlySpan<byte> name, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "openat", SetLastError = true)]
    internal static partial SafeFileHandle OpenAt(int folder, ReadOnlySpan<byte> path, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true)]
    internal static partial int Statx(
        SafeFileHandle file, ReadOnlySpan<byte> name, int flags, uint mask, out FileStatistics statistics);

    [LibraryImport(Library, EntryPoint = "mkdirat", SetLastError = true)]
    internal static partial int MakeFolderAt(SafeFileHandle folder, ReadOnlySpan<byte> name, uint mode);

    [LibraryImport(Library, EntryPoint = "symlinkat", SetLastError = true)]
    internal static partial int MakeLinkAt(ReadOnlySpan<byte> target, SafeFileHandle folder, ReadOnlySpan<byte> name);

    [LibraryImport(Library, EntryPoint = "readlinkat", SetLastError = true)]
    internal static partial nint ReadLinkAt(
        SafeFileHandle link, ReadOnlySpan<byte> name, Span<byte> target, nuint length);

    [LibraryImport(Library, EntryPoint = "linkat", SetLastError = true)]
    internal static partial int LinkAt(
        int oldFolder, ReadOnlySpan<byte> oldPath, SafeFileHandle folder, ReadOnlySpan<byte> name, int flags);

    [LibraryImport(Library, EntryPoint = "unlinkat", SetLastError = true)]
    internal static partial int UnlinkAt(SafeFileHandle folder, ReadOnlySpan<byte> name, int flags);

    [LibraryImport(Library, EntryPoint = "renameat", SetLastError = true)]
    internal static partial int RenameAt(
        SafeFileHandle oldFolder, ReadOnlySpan<byte> oldName, SafeFileHandle folder, ReadOnlySpan<byte> name);

    [LibraryImport(Library, EntryPoint = "fchownat", SetLastError = true)]
    internal static partial int ChangeOwnerAt(
        SafeFileHandle file, ReadOnlySpan<byte> name, uint user, uint group, int flags);

    [LibraryImport(Library, EntryPoint = "chmod", SetLastError = true)]
    internal static partial int ChangeMode(ReadOnlySpan<byte> path, uint mode);

    [LibraryImport(Library, EntryPoint = "truncate", SetLastError = true)]
    internal static partial int Truncate(ReadOnlySpan<byte> path, long length);

    [LibraryImport(Library, EntryPoint = "utimensat", SetLastError = true)]
    internal static partial int SetTimes(int folder, ReadOnlySpan<byte> path, ReadOnlySpan<FileTime> times, int flags);

    [LibraryImport(Library, EntryPoint = "fstatvfs", SetLastError = true)]
    internal static partial int FileSystemOf(SafeFileHandle file, out FileSystemStatistics statistics);

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    internal static partial int Synchronize(SafeFileHandle file);

    [LibraryImport(Library, EntryPoint = "lseek", SetLastError = true)]
    internal static partial long Seek(SafeFileHandle file, long offset, int from);

    [LibraryImport(Library, EntryPoint = "getdents64", SetLastError = true)]
    internal static partial nint ReadFolder(SafeFileHandle folder, Span<byte> entries, nuint length);

    [LibraryImport(Library, EntryPoint = "pread", SetLastError = true)]
    internal static partial nint ReadAt(SafeFileHandle file, Span<byte> buffer, nuint length, long offset);

    [LibraryImport(Library, EntryPoint = "pwrite", SetLastError = true)]
    internal static partial nint WriteAt(SafeFileHandle file, ReadOnlySpan<byte> buffer, nuint length, long offset);

    /// <summary>struct timespec, with UTIME_NOW and UTIME_OMIT in its nanoseconds.</summary>
    internal readonly record struct FileTime(long Seconds, long Nanoseconds)
    {
        internal static FileTime Now => new(0, 0x3fff_ffff);

        internal static FileTime Unchanged => new(0, 0x3fff_fffe);
    }

    /// <summary>struct statx_timestamp.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct StatisticsTime
    {
        internal long Seconds;
        internal uint Nanoseconds;
        private readonly int spare;
    }

    /// <summary>struct statx of linux/stat.h, alike on all architectures.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct FileStatistics
    {
        internal uint Mask;
        internal uint BlockSize;
        internal ulong Attributes;
        internal uint LinkCount;
        internal uint User;
        internal uint Group;
        internal ushort Mode;
        private readonly ushort spare;
        internal ulong Inode;
        internal ulong Size;
        internal ulong Blocks;
        internal ulong AttributesMask;
        internal StatisticsTime Accessed;
        internal StatisticsTime Created;
        internal StatisticsTime Changed;
        internal StatisticsTime Modified;
        internal uint DeviceMajor;
        internal uint DeviceMinor;
        internal uint FileSystemMajor;
        internal uint FileSystemMinor;
        private readonly Rest rest;

        [InlineArray(14)]
        private struct Rest
        {
            private ulong first;
        }
    }

    /// <summary>struct statvfs where long has 64 bits.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct FileSystemStatistics
    {
        internal ulong BlockSize;
        internal ulong FragmentSize;
        internal ulong Blocks;
        internal ulong FreeBlocks;
        internal ulong AvailableBlocks;
        internal ulong Files;
        internal ulong FreeFiles;
        internal ulong AvailableFiles;
        internal ulong Id;
        internal ulong Flags;
        internal ulong LongestName;
        private readonly Rest rest;

        [InlineArray(4)]
        private struct Rest
        {
            private ulong first;
        }
    }
}
