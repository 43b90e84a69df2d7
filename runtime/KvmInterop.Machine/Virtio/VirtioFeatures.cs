namespace KvmInterop.Machine.Virtio;

/// <summary>Feature bits that every kind of device may offer (virtio 1.2, chapter 6).</summary>
/// <remarks>The bits of one kind are with its device.</remarks>
public static class VirtioFeatures
{
    /// <summary>VIRTIO_F_INDIRECT_DESC: a descriptor may stand for a table of descriptors (2.7.5.3).</summary>
    public const ulong IndirectDescriptors = 1UL << 28;

    /// <summary>VIRTIO_F_EVENT_IDX: each side says at which index it wants to be told (2.7.7, 2.7.10).</summary>
    public const ulong EventIndex = 1UL << 29;

    /// <summary>VIRTIO_F_VERSION_1: the device is as this specification says, and no older one.</summary>
    public const ulong Version1 = 1UL << 32;

    /// <summary>What the queues here can do.</summary>
    internal const ulong Core = IndirectDescriptors | EventIndex | Version1;
}
