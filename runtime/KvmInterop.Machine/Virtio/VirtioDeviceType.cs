namespace KvmInterop.Machine.Virtio;

/// <summary>Kinds of devices by their number (virtio 1.2, chapter 5).</summary>
public enum VirtioDeviceType
{
    /// <summary>A network card (5.1).</summary>
    Network = 1,

    /// <summary>A disk (5.2).</summary>
    Block = 2,

    /// <summary>Serial ports (5.3).</summary>
    Console = 3,

    /// <summary>A source of random bytes (5.4).</summary>
    Entropy = 4,

    /// <summary>Takes memory from the guest and gives it back (5.5).</summary>
    Balloon = 5,

    /// <summary>A shared folder by the 9P protocol (5.10 reserves the number).</summary>
    NineP = 9,

    /// <summary>Sockets between guest and host (5.10).</summary>
    Socket = 19,
}
