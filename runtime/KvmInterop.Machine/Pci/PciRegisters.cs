namespace KvmInterop.Machine.Pci;

/// <summary>The configuration space's registers (PCI Local Bus Specification 3.0, 6.1 to 6.2, 6.7, 6.8).
/// </summary>
public static class PciRegisters
{
    /// <summary>Bytes of a function's configuration space.</summary>
    public const int Size = 256;

    /// <summary>2 bytes.</summary>
    public const int VendorId = 0x00;

    /// <summary>2 bytes.</summary>
    public const int DeviceId = 0x02;

    /// <summary>2 bytes of <see cref="PciCommand"/>.</summary>
    public const int Command = 0x04;

    /// <summary>2 bytes of <see cref="PciStatus"/>.</summary>
    public const int Status = 0x06;

    /// <summary>1 byte.</summary>
    public const int Revision = 0x08;

    /// <summary>3 bytes: programming interface, subclass, class.</summary>
    public const int ClassCode = 0x09;

    /// <summary>1 byte; bit 7: the device has more than one function.</summary>
    public const int HeaderType = 0x0e;

    /// <summary>6 times 4 bytes.</summary>
    public const int BaseAddresses = 0x10;

    /// <summary>2 bytes.</summary>
    public const int SubsystemVendorId = 0x2c;

    /// <summary>2 bytes.</summary>
    public const int SubsystemId = 0x2e;

    /// <summary>1 byte: where the first capability is.</summary>
    public const int Capabilities = 0x34;

    /// <summary>1 byte that firmware and guest use as they like.</summary>
    public const int InterruptLine = 0x3c;

    /// <summary>1 byte: 1 to 4 for INTA# to INTD#, 0 for none.</summary>
    public const int InterruptPin = 0x3d;

    /// <summary>The first byte that the device may use as it likes.</summary>
    public const int DeviceSpecific = 0x40;

    /// <summary>How many base address registers there are.</summary>
    public const int BaseAddressCount = 6;

    internal const byte MultipleFunctions = 1 << 7;
}

/// <summary>Bits of the command register (6.2.2).</summary>
[Flags]
public enum PciCommand : ushort
{
    /// <summary>The function answers configuration accesses only, as after a reset.</summary>
    None = 0,

    /// <summary>It answers at its I/O base addresses.</summary>
    IoSpace = 1 << 0,

    /// <summary>It answers at its memory base addresses.</summary>
    MemorySpace = 1 << 1,

    /// <summary>It may access memory by itself.</summary>
    BusMaster = 1 << 2,

    /// <summary>It answers parity errors.</summary>
    ParityErrorResponse = 1 << 6,

    /// <summary>It may report system errors.</summary>
    SystemError = 1 << 8,

    /// <summary>It may not use its interrupt pin.</summary>
    InterruptDisable = 1 << 10,

    /// <summary>All that a guest can set.</summary>
    Writable = IoSpace | MemorySpace | BusMaster | ParityErrorResponse | SystemError | InterruptDisable,
}

/// <summary>Bits of the status register (6.2.3).</summary>
[Flags]
public enum PciStatus : ushort
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>It asks for an interrupt by its pin, whether it may use that or not.</summary>
    Interrupt = 1 << 3,

    /// <summary>It has a list of capabilities.</summary>
    Capabilities = 1 << 4,

    /// <summary>Errors, each cleared by writing it as 1.</summary>
    Errors = 0xf900,
}
