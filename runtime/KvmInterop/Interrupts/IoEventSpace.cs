namespace KvmInterop;

/// <summary>Where an <see cref="IoEventFd"/> waits for the guest.</summary>
public enum IoEventSpace
{
    /// <summary>Guest-physical memory addresses.</summary>
    Mmio,

    /// <summary>Ports of x86, 0 to 0xffff (KVM_IOEVENTFD_FLAG_PIO).</summary>
    Pio,

    /// <summary>
    /// virtio-ccw of s390x (KVM_IOEVENTFD_FLAG_VIRTIO_CCW_NOTIFY): the address is the subchannel, the value
    /// the virtqueue.
    /// </summary>
    VirtioCcw,
}
