namespace KvmInterop;

/// <summary>
/// Addresses for the redistributors of a <see cref="GicV3"/>: two pages of 64 KiB for each vCPU.
/// </summary>
/// <param name="Address">Guest-physical, a multiple of 64 KiB.</param>
/// <param name="Count">For how many vCPUs there is room: 1 to 4095.</param>
public readonly record struct GicRedistributorRegion(ulong Address, uint Count);
