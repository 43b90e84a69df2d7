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

    /// <summary>Data: read and write.</summary>
    public const ushort DataSelector = 0x18;

    private const ulong Code32 = 0x00cf_9b00_0000_ffff;
    private const ulong Code64 = 0x00af_9b00_0000_ffff;
    private const ulong Data = 0x00cf_9300_0000_ffff;

    /// <summary>Writes it.</summary>
    /// <param name="memory">The guest's.</param>
    /// <param name="address">Guest-physical.</param>
    /// <param name="isLong">Whether code is 64-bit.</param>
    /// <exception cref="GuestMemoryException">There is no memory.</exception>
    public static void Write(GuestMemory memory, ulong address, bool isLong = false)
    {
        ArgumentNullException.ThrowIfNull(memory);
        memory.Fill(address, CodeSelector, 0);
        memory.Write(address + CodeSelector, isLong ? Code64 : Code32);
        memory.Write(address + DataSelector, Data);
    }
}
