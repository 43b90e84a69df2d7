namespace KvmInterop.Machine.Pci;

/// <summary>What a function says it is (PCI Local Bus Specification 3.0, 6.2.1 and appendix D).</summary>
/// <param name="VendorId">Who made it; 0xffff means that there is no function.</param>
/// <param name="DeviceId">Which of the vendor's.</param>
/// <param name="ClassCode">3 bytes: class in bits 16 to 23, subclass, programming interface.</param>
/// <param name="Revision">Its revision.</param>
/// <param name="SubsystemVendorId">Who built it into a card.</param>
/// <param name="SubsystemId">Which card.</param>
public readonly record struct PciIdentity(
    ushort VendorId,
    ushort DeviceId,
    uint ClassCode,
    byte Revision = 0,
    ushort SubsystemVendorId = 0,
    ushort SubsystemId = 0);
