using System.Runtime.InteropServices;

namespace KvmInterop.Native;

/// <summary>The host processors that the calling thread may run on.</summary>
internal static unsafe partial class ThreadAffinity
{
    private const int BitsOfWord = sizeof(ulong) * 8;

    // What the kernel could be built with is far below (CONFIG_NR_CPUS); a bound on the mask's size.
    internal const int MostProcessors = 1 << 16;

    /// <exception cref="KvmException">The kernel refused: EINVAL, there is none of these processors.
    /// </exception>
    internal static void SetOfThisThread(IReadOnlyCollection<int> processors)
    {
        // A cpu_set_t of any length: little-endian words of the host's word size, whose bits are
        // processors (sched_setaffinity(2)).
        ulong[] mask = new ulong[processors.Max() / BitsOfWord + 1];
        foreach (int processor in processors)
        {
            mask[processor / BitsOfWord] |= 1UL << (processor % BitsOfWord);
        }

        int result;

        // SAFETY: the array stays where it is during the call, is as long as the size says, and the kernel
        // only reads it.
        fixed (ulong* words = mask)
        {
            result = Set(0, (nuint)(mask.Length * sizeof(ulong)), words);
        }

        if (result < 0)
        {
            KvmException.ThrowForLastError(
                "sched_setaffinity", null, $"processors {string.Join(", ", processors)}");
        }
    }

    [LibraryImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    private static partial int Set(int thread, nuint size, ulong* mask);
}
