using KvmInterop.Machine.Cpu;
using KvmInterop.Native;

namespace KvmInterop.Machine.Boot;

/// <summary>
/// A firmware ROM, such as SeaBIOS or U-Boot: it ends at 4 GiB, where x86 processors begin (Intel SDM volume
/// 3, 10.1.4).
/// </summary>
[KvmArchitectures(KvmArchitecture.X64)]
public static class Firmware
{
    /// <summary>The largest ROM.</summary>
    public const ulong MostSize = 16 << 20;

    /// <summary>Where the largest ROM begins.</summary>
    internal const ulong LowestAddress = FourGiB - MostSize;

    // What PCs show of the ROM's end below 1 MiB, for real mode.
    private const ulong ShadowSize = 128 << 10;
    private const ulong FourGiB = 1UL << 32;
    private const ulong PageSize = 0x1000;

    /// <summary>
    /// Adds a region for the ROM, and copies its last 128 KiB below 1 MiB, where a PC's chipset shows it.
    /// </summary>
    /// <remarks>
    /// The guest can write its copy of the ROM. Firmware keeps descriptor tables in it, and a processor marks a
    /// descriptor as accessed when it loads it (Intel SDM volume 3, 3.4.5.1): where that cannot be written, a
    /// KVM that emulates instructions tries again for ever.
    /// </remarks>
    /// <param name="memory">The guest's, with memory below 1 MiB.</param>
    /// <param name="file">Whole pages, 16 MiB or less.</param>
    /// <returns>How the first vCPU begins: as after power-on.</returns>
    /// <exception cref="BootImageException">It is no ROM by its size.</exception>
    public static X64StartState Load(GuestMemory memory, BootFile file)
    {
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentNullException.ThrowIfNull(file);
        if (file.Length == 0 || file.Length % PageSize != 0 || file.Length > MostSize)
        {
            throw new BootImageException(
                $"{file.Name} has {file.Length:#,0} bytes, and a ROM has whole pages of {PageSize:#,0}, up to "
                + $"{MostSize:#,0} in all");
        }

        memory.Add(FourGiB - file.Length, file.Length);
        file.CopyTo(memory, 0, FourGiB - file.Length, file.Length, "the ROM");
        ulong shadow = Math.Min(file.Length, ShadowSize);
        file.CopyTo(
            memory, file.Length - shadow, PcMemoryLayout.HighMemoryStart - shadow, shadow, "the ROM's end");
        return X64StartState.Reset;
    }
}
