using System.Globalization;

namespace KvmInterop;

/// <summary>
/// One statistic that the kernel keeps of a VM or a vCPU: its description (<c>struct kvm_stats_desc</c>), and
/// its values as of the last <see cref="KvmStatistics.Refresh"/>.
/// </summary>
/// <remarks>For one thread at a time, together with the <see cref="KvmStatistics"/> that has it.</remarks>
public sealed class KvmStatistic
{
    private readonly ulong[] data;
    private readonly int first;

    internal KvmStatistic(ulong[] data, in StatisticDescriptor descriptor)
    {
        this.data = data;
        first = descriptor.FirstWord;
        Name = descriptor.Name;
        Type = descriptor.Type;
        Unit = descriptor.Unit;
        Base = descriptor.Base;
        Exponent = descriptor.Exponent;
        Count = descriptor.Count;
        BucketSize = descriptor.BucketSize;
        Scale = Math.Pow(Base, Exponent);
    }

    /// <summary>The kernel's name: <c>halt_wait_ns</c>.</summary>
    public string Name { get; }

    /// <summary>How the values behave. A type that this library does not know is its number.</summary>
    public KvmStatisticType Type { get; }

    /// <summary>The unit of <see cref="Scaled"/>. One that this library does not know is its
    /// number.</summary>
    public KvmStatisticUnit Unit { get; }

    /// <summary>10 or 2: a value counts in steps of base to the power of <see cref="Exponent"/>.</summary>
    public int Base { get; }

    /// <summary>The power of the base: -9 with base 10 and seconds is nanoseconds.</summary>
    public int Exponent { get; }

    /// <summary>The number of values: 1, or a histogram's number of buckets.</summary>
    public int Count { get; }

    /// <summary>The width of a bucket of a linear histogram, in steps; otherwise 0.</summary>
    public uint BucketSize { get; }

    /// <summary>One step in the unit: <see cref="Base"/> to the power of <see cref="Exponent"/>.</summary>
    public double Scale { get; }

    /// <summary>Whether the values are the counts of buckets.</summary>
    public bool IsHistogram =>
        Type is KvmStatisticType.LinearHistogram or KvmStatisticType.LogarithmicHistogram;

    /// <summary>The first value, in steps.</summary>
    public ulong Value => data[first];

    /// <summary>All values, <see cref="Count"/> of them; the next refresh changes them.</summary>
    public ReadOnlySpan<ulong> Values => data.AsSpan(first, Count);

    /// <summary>The first value in the unit: seconds where <see cref="Value"/> is in nanoseconds.</summary>
    public double Scaled => Value * Scale;

    /// <summary>The least that a bucket of a histogram counts, in steps.</summary>
    /// <param name="bucket">0 to <see cref="Count"/> - 1. The last one has no upper end.</param>
    /// <exception cref="InvalidOperationException">This is no histogram.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such bucket.</exception>
    public ulong BucketStart(int bucket)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bucket);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(bucket, Count);
        return Type switch
        {
            KvmStatisticType.LinearHistogram => (ulong)bucket * BucketSize,
            KvmStatisticType.LogarithmicHistogram when bucket == 0 => 0,
            KvmStatisticType.LogarithmicHistogram =>
                bucket <= 64 ? 1UL << (bucket - 1) : ulong.MaxValue, // No value reaches those beyond.
            _ => throw new InvalidOperationException($"{Name} is no histogram; its value is Value"),
        };
    }

    /// <summary>Name, value and unit: <c>halt_wait_ns 0.0125 s</c>.</summary>
    public override string ToString()
    {
        string unit = Unit switch
        {
            _ when IsHistogram => "",
            KvmStatisticUnit.Bytes => " B",
            KvmStatisticUnit.Seconds => " s",
            KvmStatisticUnit.Cycles => " cycles",
            _ => "",
        };
        string values = IsHistogram
            ? string.Join(' ', Values.ToArray())
            : Scaled.ToString(CultureInfo.InvariantCulture);
        return $"{Name} {values}{unit}";
    }
}
