namespace KvmInterop.Machine.Virtio;

/// <summary>A piece of guest memory that a descriptor names.</summary>
/// <param name="Address">The first guest-physical address.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct GuestBuffer(ulong Address, uint Length);
