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
            if (GetUsage(Children, out ResourceUsage usage) != 0)
            {
                throw new InvalidOperationException("getrusage failed; processor times need Linux.");
            }

            return usage.ProcessorTime;
        }
    }

    [DllImport("libc", EntryPoint = "getrusage")]
    private static extern int GetUsage(int who, out ResourceUsage usage);
}
