using KvmInterop.Native;

namespace KvmInterop;

/// <summary>What a <see cref="KvmStatistic"/> is measured in (KVM_STATS_UNIT_*).</summary>
public enum KvmStatisticUnit
{
    /// <summary>A number of things.</summary>
    None = KvmApi.KVM_STATS_UNIT_NONE,

    /// <summary>Bytes.</summary>
    Bytes = KvmApi.KVM_STATS_UNIT_BYTES,

    /// <summary>Seconds.</summary>
    Seconds = KvmApi.KVM_STATS_UNIT_SECONDS,

    /// <summary>Clock cycles of the host's processor.</summary>
    Cycles = KvmApi.KVM_STATS_UNIT_CYCLES,

    /// <summary>0 or 1. The values of a histogram may be greater: they count how often it was 1.</summary>
    Boolean = KvmApi.KVM_STATS_UNIT_BOOLEAN,
}
