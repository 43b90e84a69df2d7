namespace KvmInterop.Machine.Virtio;

/// <summary>Offsets of the registers of virtio over MMIO (virtio 1.2, section 4.2.2).</summary>
internal static class VirtioMmioRegister
{
    internal const ulong MagicValue = 0x000;
    internal const ulong Version = 0x004;
    internal const ulong DeviceId = 0x008;
    internal const ulong VendorId = 0x00c;
    internal const ulong DeviceFeatures = 0x010;
    internal const ulong DeviceFeaturesSelect = 0x014;
    internal const ulong DriverFeatures = 0x020;
    internal const ulong DriverFeaturesSelect = 0x024;
    internal const ulong QueueSelect = 0x030;
    internal const ulong QueueNumMax = 0x034;
    internal const ulong QueueNum = 0x038;
    internal const ulong QueueReady = 0x044;
    internal const ulong QueueNotify = 0x050;
    internal const ulong InterruptStatus = 0x060;
    internal const ulong InterruptAcknowledge = 0x064;
    internal const ulong Status = 0x070;
    internal const ulong QueueDescLow = 0x080;
    internal const ulong QueueDriverLow = 0x090;
    internal const ulong QueueDeviceLow = 0x0a0;
    internal const ulong SharedMemoryLengthLow = 0x0b0;
    internal const ulong SharedMemoryBaseHigh = 0x0bc;
    internal const ulong ConfigGeneration = 0x0fc;
    internal const ulong Configuration = 0x100;
}
