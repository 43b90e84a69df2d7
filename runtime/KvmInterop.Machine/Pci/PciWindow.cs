namespace KvmInterop.Machine.Pci;

/// <summary>Ports or addresses that a bus's devices may be given.</summary>
/// <param name="First">The first.</param>
/// <param name="Last">The last.</param>
public readonly record struct PciWindow(ulong First, ulong Last);
