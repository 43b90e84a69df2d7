using System.Runtime.InteropServices;

namespace KvmInterop.Tests.Benchmarks.Scale;

/// <summary>How many files a process may have open.</summary>
/// <remarks>.NET raises the soft limit to the hard one as it starts, in this process and in its children.
/// </remarks>
internal static class OpenFiles
{
    // RLIMIT_NOFILE of asm-generic/resource.h.
    private const int NumberOfFiles = 7;

    public static long Most { get; } = GetLimit(NumberOfFiles, out Limit limit) == 0
        ? (long)Math.Min(limit.Hard, long.MaxValue)
        : throw new InvalidOperationException("getrlimit failed; the number of open files needs Linux.");

    [DllImport("libc", EntryPoint = "getrlimit")]
    private static extern int GetLimit(int resource, out Limit limit);

    // struct rlimit of 64-bit Linux.
    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
