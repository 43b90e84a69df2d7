namespace KvmInterop.Machine.Pci;

/// <summary>Device 0 of a PC's bus: Intel's 440FX host bridge (8086:1237), which firmware looks for.</summary>
/// <remarks>
/// Its own registers, from 0x50 on, keep what is written and do nothing: what they choose (whether
/// addresses 0xc0000 to 0xfffff are ROM or the memory behind it, 290549, 3.2.18) is memory here always.
/// </remarks>
public sealed class PciHostBridge : PciFunction
{
    private const int FirstRegister = 0x50;

    /// <summary>A host bridge.</summary>
    public PciHostBridge()
        : base(new PciIdentity(VendorId: 0x8086, DeviceId: 0x1237, ClassCode: 0x06_0000, Revision: 2))
    {
        Config.Allow(FirstRegister, PciRegisters.Size - FirstRegister);
    }
}
