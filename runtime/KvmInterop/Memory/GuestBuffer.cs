namespace KvmInterop;

/// <summary>A piece of guest memory by its addresses: what a driver gives a device to read or to fill.</summary>
/// <param name="Address">The first guest-physical address.</param>
/// <param name="Length">Bytes; 0 is allowed.</param>
public readonly record struct GuestBuffer(ulong Address, uint Length);
