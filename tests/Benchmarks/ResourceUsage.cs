using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KvmInterop.Tests.Benchmarks;

/// <summary>
/// <c>struct rusage</c> of 64-bit Linux: two timevals, then 14 longs that are of no interest here.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ResourceUsage
{
    public long UserSeconds;
    public long UserMicroseconds;
    public long SystemSeconds;
    public long SystemMicroseconds;
    public Rest Others;

    public readonly TimeSpan ProcessorTime => TimeSpan.FromSeconds(UserSeconds + SystemSeconds)
        + TimeSpan.FromMicroseconds(UserMicroseconds + SystemMicroseconds);

    [InlineArray(14)]
    public struct Rest
    {
        private long first;
    }
}
