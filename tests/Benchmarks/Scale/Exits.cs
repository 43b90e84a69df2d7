using System.Diagnostics;

namespace KvmInterop.Tests.Benchmarks.Scale;

/// <summary>Exits of vCPUs that run.</summary>
internal static class Exits
{
    private static readonly TimeSpan Before = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Watched = TimeSpan.FromMilliseconds(500);

    /// <summary>How many all make together in a second, once they are under way.</summary>
    public static double InSecond(IEnumerable<Vcpu> vcpus)
    {
        Vcpu[] all = [.. vcpus];
        Thread.Sleep(Before);
        long start = Stopwatch.GetTimestamp();
        long count = Count(all);
        Thread.Sleep(Watched);
        count = Count(all) - count;
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static long Count(Vcpu[] all) => all.Sum(vcpu => vcpu.Exits.Total);
}
