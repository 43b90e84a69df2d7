namespace KvmInterop.Machine.Devices;

/// <summary>Keys of <see cref="FirmwareConfig"/>'s items (QEMU's docs/specs/fw_cfg.rst and
/// standard-headers/linux/qemu_fw_cfg.h).</summary>
public static class FirmwareConfigKeys
{
    /// <summary><c>QEMU</c>, by which the device is known.</summary>
    public const ushort Signature = 0x00;

    /// <summary>4 bytes: what the interface can do.</summary>
    public const ushort Id = 0x01;

    /// <summary>8 bytes: the size of memory.</summary>
    public const ushort MemorySize = 0x03;

    /// <summary>2 bytes: how many processors run at first.</summary>
    public const ushort Cpus = 0x05;

    /// <summary>2 bytes: 1 for a boot menu.</summary>
    public const ushort BootMenu = 0x0e;

    /// <summary>2 bytes: how many processors there can be, as the highest APIC id plus 1.</summary>
    public const ushort MostCpus = 0x0f;

    /// <summary>4 bytes: 1 where the timer's interrupt is pin 2 of the I/O APIC.</summary>
    public const ushort TimerOverride = 0x8002;

    /// <summary>The list of files.</summary>
    public const ushort FileDirectory = 0x19;

    /// <summary>The first file's; others follow.</summary>
    public const ushort FirstFile = 0x20;
}
