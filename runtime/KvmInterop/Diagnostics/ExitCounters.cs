using System.Runtime.CompilerServices;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>Counts the exits of one vCPU by reason.</summary>
/// <remarks>
/// Written by the vCPU's own thread alone, with one plain addition for each exit; any thread may read, and
/// sees a number that was right a moment ago.
/// </remarks>
public sealed class ExitCounters
{
    // Well above the reasons of today's kernels; the last place is for all those that come later.
    private const int Places = 128;

    private readonly long[] counts = new long[Places];
    private long kicks;

    /// <summary>How many reasons have a count of their own: 0 up to this number.</summary>
    public static int Reasons => Places - 1;

    /// <summary>How often <see cref="Vcpu.Kick"/> was called, also to finish an access half-way.</summary>
    public long Kicks => Interlocked.Read(ref kicks);

    /// <summary>All exits.</summary>
    public long Total
    {
        get
        {
            long total = 0;
            for (int place = 0; place < Places; place++)
            {
                total += Volatile.Read(ref counts[place]);
            }

            return total;
        }
    }

    /// <summary>The exits of one reason. KVM_EXIT_INTR is every interruption, by a kick or another
    /// signal. Reasons from <see cref="Reasons"/> on share one count.</summary>
    public long this[KvmExitReason reason] => Volatile.Read(ref counts[PlaceOf(reason)]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Add(KvmExitReason reason) => counts[PlaceOf(reason)]++;

    internal void AddKick() => Interlocked.Increment(ref kicks);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PlaceOf(KvmExitReason reason) => (int)Math.Min((uint)reason, Places - 1);
}
