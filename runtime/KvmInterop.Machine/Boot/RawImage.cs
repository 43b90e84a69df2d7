using KvmInterop.Machine.Cpu;
using KvmInterop.Native;

namespace KvmInterop.Machine.Boot;

/// <summary>Bytes without a format: 16-bit code that begins with its first byte.</summary>
[KvmArchitectures(KvmArchitecture.X64)]
public static class RawImage
{
    /// <summary>Where a BIOS puts a boot sector.</summary>
    public const uint BootSectorAddress = 0x7c00;

    /// <summary>Puts the bytes into memory.</summary>
    /// <param name="memory">The guest's.</param>
    /// <param name="file">The bytes.</param>
    /// <param name="address">Where, a multiple of 16 below 1 MiB: all segments begin there, and the instruction
    /// pointer at 0.</param>
    /// <returns>How the first vCPU begins.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The address is none for real mode.</exception>
    /// <exception cref="BootImageException">The guest does not have the memory.</exception>
    public static X64StartState Load(GuestMemory memory, BootFile file, uint address = 0)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (address % 16 != 0 || address >= PcMemoryLayout.HighMemoryStart)
        {
            throw new ArgumentOutOfRangeException(
                nameof(address), $"0x{address:x} is no multiple of 16 below 1 MiB, where segments begin");
        }

        file.CopyTo(memory, 0, address, file.Length, "the image");
        return X64StartState.RealMode((ushort)(address >> 4), 0);
    }
}
