using KvmInterop.Native;

namespace KvmInterop;

/// <summary>How the values of a <see cref="KvmStatistic"/> behave (KVM_STATS_TYPE_*).</summary>
public enum KvmStatisticType
{
    /// <summary>Counts up from the creation on.</summary>
    Cumulative = KvmApi.KVM_STATS_TYPE_CUMULATIVE,

    /// <summary>The value at this time; may fall.</summary>
    Instant = KvmApi.KVM_STATS_TYPE_INSTANT,

    /// <summary>The highest value so far.</summary>
    Peak = KvmApi.KVM_STATS_TYPE_PEAK,

    /// <summary>Counts in buckets of equal width.</summary>
    LinearHistogram = KvmApi.KVM_STATS_TYPE_LINEAR_HIST,

    /// <summary>Counts in buckets each twice as wide as the one before.</summary>
    LogarithmicHistogram = KvmApi.KVM_STATS_TYPE_LOG_HIST,
}
