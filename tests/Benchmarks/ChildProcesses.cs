using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KvmInterop.Tests.Benchmarks;

/// <summary>What the processes that this one started have used, with all that they started.</summary>
internal static class ChildProcesses
{
    // getrusage(2): the children that have ended and been waited for.
    private const int Children = -1;

    public static TimeSpan ProcessorTime
    {
        get
        {
            if (GetUsage(Children, out Usage usage) != 0)
            {
                throw new InvalidOperationException("getrusage failed; processor times need Linux.");
            }

            long seconds = usage.UserSeconds + usage.SystemSeconds;
            return TimeSpan.FromSeconds(seconds)
                + TimeSpan.FromMicroseconds(usage.UserMicroseconds + usage.SystemMicroseconds);
        }
    }

    [DllImport("libc", EntryPoint = "getrusage")]
    private static extern int GetUsage(int who, out Usage usage);

    // struct rusage of 64-bit Linux: two timevals, then 14 longs that are of no interest here.
    [StructLayout(LayoutKind.Sequential)]
    private struct Usage
    {
        public long UserSeconds;
        public long UserMicroseconds;
        public long SystemSeconds;
        public long SystemMicroseconds;
        public Rest Others;
    }

    [InlineArray(14)]
    private struct Rest
    {
        private long first;
    }
}
