using System.Runtime.InteropServices;

namespace KvmInterop.Native;

/// <summary>Files of memory, and advice on mappings.</summary>
internal static unsafe partial class Libc
{
    // asm-generic/mman-common.h.
    internal const int ProtectNone = 0x0;
    internal const int MapFixed = 0x10;
    internal const int AdviseDontNeed = 4;
    internal const int AdviseRemove = 9;
    internal const int AdviseHugePages = 14;
    internal const int AdvisePopulateRead = 22;
    internal const int AdvisePopulateWrite = 23;

    // linux/memfd.h. The size of the pages is told as a binary logarithm, MFD_HUGE_SHIFT bits up
    // (asm-generic/hugetlb_encode.h).
    internal const uint MemfdCloseOnExec = 0x1;
    internal const uint MemfdAllowSealing = 0x2;
    internal const uint MemfdHugePages = 0x4;
    internal const int MemfdHugePagesShift = 26;

    // linux/fcntl.h.
    internal const int AddSeals = 1024 + 9;
    internal const int SealSeal = 0x1;
    internal const int SealShrink = 0x2;
    internal const int SealGrow = 0x4;

    [LibraryImport(Library, EntryPoint = "mprotect", SetLastError = true)]
    internal static partial int Protect(void* address, nuint length, int protection);

    [LibraryImport(Library, EntryPoint = "madvise", SetLastError = true)]
    internal static partial int Advise(void* address, nuint length, int advice);

    [LibraryImport(Library, EntryPoint = "memfd_create", SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int CreateMemfd(string name, uint flags);

    [LibraryImport(Library, EntryPoint = "ftruncate", SetLastError = true)]
    internal static partial int SetFileSize(int fd, long size);

    // The third argument is an int here; fcntl is variadic in C, and on the architectures of .NET's Linux a
    // variadic int travels as a named one does.
    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    internal static partial int FileControl(int fd, int command, int argument);
}
