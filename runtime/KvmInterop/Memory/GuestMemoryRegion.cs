using KvmInterop.Native;
using Microsoft.Win32.SafeHandles;

namespace KvmInterop;

/// <summary>A contiguous range of guest-physical addresses with memory of this process behind it.</summary>
/// <remarks>Made by <see cref="GuestMemory.Add"/>. For any thread: what it tells does not change.</remarks>
public sealed class GuestMemoryRegion
{
    private volatile DirtyRegion? dirty;

    internal GuestMemoryRegion(ulong address, MappingHandle mapping, int slot, GuestMemoryOptions options)
    {
        Address = address;
        Options = options;
        Mapping = mapping;
        Slot = slot;
    }

    /// <summary>The first guest-physical address.</summary>
    public ulong Address { get; }

    /// <summary>Bytes; a multiple of the host's page size, never 0.</summary>
    public ulong Size => Mapping.Size;

    /// <summary>
    /// The last guest-physical address that belongs to it. (One past it may not be a number.)
    /// </summary>
    public ulong LastAddress => Address + (Size - 1);

    /// <summary>
    /// The number of the VM's memory slot (KVM_SET_USER_MEMORY_REGION), or -1 without a VM.
    /// </summary>
    public int Slot { get; }

    /// <summary>What it was asked to be made of.</summary>
    public GuestMemoryOptions Options { get; }

    /// <summary>The pages that it was made of, which may be smaller than those asked for.</summary>
    public GuestHugePages HugePages => Mapping.HugePages;

    /// <summary>Why these are not the pages that were asked for, as a clause; null where they are.</summary>
    public string? HugePagesFallback => Mapping.HugePagesFallback;

    /// <summary>
    /// The file of a region made with <see cref="GuestMemoryBacking.Shared"/> or
    /// <see cref="GuestMemoryBacking.GuestMemfd"/>, to hand to another process or to
    /// <see cref="GuestMemoryBacking.SharedFile(SafeFileHandle, long)"/>; null for others.
    /// </summary>
    /// <remarks>It is closed with the region's memory. Who needs it longer duplicates it.</remarks>
    public SafeFileHandle? File => Mapping.File;

    internal MappingHandle Mapping { get; }

    /// <summary>Where writes are noted while a tracker follows the region; null otherwise.</summary>
    internal DirtyRegion? Dirty
    {
        get => dirty;
        set => dirty = value;
    }

    /// <summary>The range as <c>0x1000-0x1fff</c>.</summary>
    public override string ToString() => $"0x{Address:x}-0x{LastAddress:x}";
}
