namespace KvmInterop.Machine.Cpu;

/// <summary>
/// A descriptor table with a code and a data segment of all addresses, at the selectors that Linux's boot
/// protocols prescribe (__BOOT_CS and __BOOT_DS; Intel SDM volume 3, 3.4.5).
/// </summary>
public static class FlatSegments
{
    /// <summary>Bytes: four descriptors.</summary>
    public const int Size = 32;

    /// <summary>Code: execute and read.</summary>
    public const ushort CodeSelector = 0x10;

    /// <summary>Data: read and write. The descriptor behind the code's.</summary>
    public const ushort DataSelector = CodeSelector + DescriptorSize;

    /// <summary>
    /// The code's selector for multiboot kernels, which the specification leaves open (3.2). They have it from
    /// QEMU, and small ones put it into interrupt gates without a table of their own.
    /// </summary>
    public const ushort MultibootCodeSelector = 0x08;

    /// <summary>Bytes of one descriptor.</summary>
    internal const ushort DescriptorSize = 8;

    private const ulong Code32 = 0x00cf_9b00_0000_ffff;
    private const ulong Code64 = 0x00af_9b00_0000_ffff;
    private const ulong Data = 0x00cf_9300_0000_ffff;

    /// <summary>Writes it.</summary>
    /// <param name="memory">The guest's.</param>
    /// <param name="address">Guest-physical.</param>
    /// <param name="isLong">Whether code is 64-bit.</param>
    /// <param name="codeSelector">The code's, 8 or 16; the data's is the next one.</param>
    /// <exception cref="GuestMemoryException">There is no memory.</exception>
    public static void Write(
        GuestMemory memory, ulong address, bool isLong = false, ushort codeSelector = CodeSelector)
    {
        ArgumentNullException.ThrowIfNull(memory);
        memory.Fill(address, Size, 0);
        memory.Write(address + codeSelector, isLong ? Code64 : Code32);
        memory.Write(address + codeSelector + DescriptorSize, Data);
    }
}
