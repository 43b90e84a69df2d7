namespace KvmInterop.Machine.Boot;

/// <summary>
/// Where an arm64 machine has its memory: in one piece from 1 GiB on, with devices below.
/// </summary>
/// <remarks>
/// A loaded kernel lies at the start, then the device tree in 2 MiB of its own (which a kernel maps as one
/// block), then the initrd: all within the 32 GiB that booting.rst allows.
/// </remarks>
public sealed class Arm64MemoryLayout
{
    /// <summary>The first address.</summary>
    public const ulong Start = 0x4000_0000;

    /// <summary>What is kept for the device tree, and the most that a kernel takes.</summary>
    public const ulong DeviceTreeSize = 2 << 20;

    // Pages of arm64 hosts have up to 64 KiB, and slots are whole pages.
    private const ulong Alignment = 2 << 20;
    private const ulong MostSize = 1UL << 38;

    /// <summary>Lays memory out.</summary>
    /// <param name="size">Bytes: a multiple of 2 MiB, up to 256 GiB.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is none of these.</exception>
    public Arm64MemoryLayout(ulong size)
    {
        if (!IsSize(size))
        {
            throw new ArgumentOutOfRangeException(
                nameof(size), $"{size:#,0} bytes of memory are no multiple of 2 MiB up to 256 GiB");
        }

        Size = size;
    }

    /// <summary>Bytes.</summary>
    public ulong Size { get; }

    /// <summary>The first address behind it.</summary>
    public ulong End => Start + Size;

    /// <summary>Whether a machine can have so many bytes.</summary>
    public static bool IsSize(ulong size) => size is > 0 and <= MostSize && size % Alignment == 0;
}
