namespace KvmInterop.Machine.Virtio;

/// <summary>How far driver and device have come (virtio 1.2, section 2.1).</summary>
[Flags]
public enum VirtioStatus
{
    /// <summary>The device is as after a reset.</summary>
    None = 0,

    /// <summary>ACKNOWLEDGE: the guest has found the device.</summary>
    Acknowledge = 1,

    /// <summary>DRIVER: the guest knows how to drive it.</summary>
    Driver = 2,

    /// <summary>DRIVER_OK: the driver is ready, and the device may use its queues.</summary>
    DriverOk = 4,

    /// <summary>FEATURES_OK: both have agreed on the features.</summary>
    FeaturesOk = 8,

    /// <summary>DEVICE_NEEDS_RESET: the device met something that it cannot go on from.</summary>
    NeedsReset = 64,

    /// <summary>FAILED: the driver has given up.</summary>
    Failed = 128,
}
