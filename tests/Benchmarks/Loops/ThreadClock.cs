using System.Runtime.InteropServices;

namespace KvmInterop.Tests.Benchmarks.Loops;

/// <summary>The processor time of the calling thread, in user space and in the kernel.</summary>
internal static class ThreadClock
{
    // CLOCK_THREAD_CPUTIME_ID of linux/time.h.
    private const int ThreadProcessorTime = 3;

    public static long Nanoseconds
    {
        get
        {
            if (GetTime(ThreadProcessorTime, out TimeSpec now) != 0)
            {
                throw new InvalidOperationException("clock_gettime failed; processor times need Linux.");
            }

            return (now.Seconds * 1_000_000_000) + now.Nanoseconds;
        }
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    private static extern int GetTime(int clock, out TimeSpec now);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
