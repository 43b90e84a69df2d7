namespace KvmInterop.Machine.Machines;

/// <summary>
/// Where an <see cref="Arm64Machine"/> has its devices, below memory; the same places as on QEMU's virt
/// board, which many kernels are tried on.
/// </summary>
/// <remarks>Interrupts are counted as a device tree does, shared ones from 0.</remarks>
internal static class Arm64Addresses
{
    internal const ulong Distributor = 0x0800_0000;
    internal const ulong DistributorSize = 0x1_0000;
    internal const ulong Redistributors = 0x080a_0000;
    internal const ulong RedistributorSize = 0x2_0000;
    internal const ulong Serial = 0x0900_0000;
    internal const ulong Clock = 0x0901_0000;
    internal const ulong Virtio = 0x0a00_0000;

    internal const uint SerialInterrupt = 1;
    internal const uint ClockInterrupt = 2;
    internal const uint VirtioInterrupt = 16;

    /// <summary>Of the GIC, 32 private ones among them.</summary>
    internal const uint Interrupts = 128;

    /// <summary>INTID of the first shared interrupt (IHI 0069, 2.2.1).</summary>
    internal const uint FirstShared = 32;

    /// <summary>As many as fit between the redistributors' start and the serial port.</summary>
    internal const int MostCpus = (int)((Serial - Redistributors) / RedistributorSize);

    internal const int MostVirtioDevices = 32;
}
