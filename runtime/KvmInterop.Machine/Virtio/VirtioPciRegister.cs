namespace KvmInterop.Machine.Virtio;

/// <summary>Offsets of the common configuration (virtio 1.2, section 4.1.4.3, struct
/// virtio_pci_common_cfg).</summary>
internal static class VirtioPciRegister
{
    internal const int DeviceFeatureSelect = 0;
    internal const int DeviceFeature = 4;
    internal const int DriverFeatureSelect = 8;
    internal const int DriverFeature = 12;
    internal const int ConfigMsixVector = 16;
    internal const int NumQueues = 18;
    internal const int DeviceStatus = 20;
    internal const int ConfigGeneration = 21;
    internal const int QueueSelect = 22;
    internal const int QueueSize = 24;
    internal const int QueueMsixVector = 26;
    internal const int QueueEnable = 28;
    internal const int QueueNotifyOff = 30;
    internal const int QueueDesc = 32;
    internal const int QueueDriver = 40;
    internal const int QueueDevice = 48;
    internal const int QueueNotifyData = 56;

    /// <summary>Bytes of all.</summary>
    internal const int Size = 60;
}
