namespace KvmInterop.Machine.Virtio.Balloon;

/// <summary>What a guest tells of its memory: VIRTIO_BALLOON_S_* (virtio 1.2, section 5.5.6.4).</summary>
public enum BalloonStatistic
{
    /// <summary>Bytes read in from swap.</summary>
    SwapIn = 0,

    /// <summary>Bytes written out to swap.</summary>
    SwapOut = 1,

    /// <summary>Major page faults.</summary>
    MajorFaults = 2,

    /// <summary>Minor page faults.</summary>
    MinorFaults = 3,

    /// <summary>Bytes that are used for nothing.</summary>
    FreeMemory = 4,

    /// <summary>Bytes in all.</summary>
    TotalMemory = 5,

    /// <summary>Bytes that could be given away without swapping.</summary>
    AvailableMemory = 6,

    /// <summary>Bytes of cached files.</summary>
    DiskCaches = 7,

    /// <summary>Huge pages that were allocated.</summary>
    HugePageAllocations = 8,

    /// <summary>Huge pages that could not be had.</summary>
    HugePageFailures = 9,
}
