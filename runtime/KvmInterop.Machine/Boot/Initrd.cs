namespace KvmInterop.Machine.Boot;

/// <summary>The first file system in memory: as high as it may be, on whole pages.</summary>
internal static class Initrd
{
    private const ulong PageMask = 0xfff;

    /// <summary>Loads it.</summary>
    /// <param name="memory">The guest's.</param>
    /// <param name="layout">Where memory is.</param>
    /// <param name="initrd">The file.</param>
    /// <param name="from">The end of what the kernel uses.</param>
    /// <param name="last">The last address that it may have.</param>
    /// <param name="field">What says that, for the message.</param>
    /// <returns>Where it lies.</returns>
    internal static ulong Load(
        GuestMemory memory, PcMemoryLayout layout, BootFile initrd, ulong from, ulong last, string field)
    {
        ulong end = Math.Min(layout.LowSize, last == ulong.MaxValue ? last : last + 1);
        ulong address = initrd.Length <= end ? (end - initrd.Length) & ~PageMask : 0;
        if (address < from)
        {
            string limit = end == layout.LowSize ? "" : $" ({field})";
            ulong room = end > from ? end - from : 0;
            throw new BootImageException(
                $"the initrd {initrd.Name} has {initrd.Length:#,0} bytes, and between the kernel's memory, which "
                + $"ends at 0x{from:x}, and 0x{end:x}{limit} there are {room:#,0}; give the guest more memory");
        }

        initrd.CopyTo(memory, 0, address, initrd.Length, "the initrd");
        return address;
    }
}
