using KvmInterop.Native;

namespace KvmInterop;

/// <summary>A contiguous range of guest-physical addresses with memory of this process behind it.</summary>
/// <remarks>Made by <see cref="GuestMemory.Add"/>. Immutable, so safe to read from any thread.</remarks>
public sealed class GuestMemoryRegion
{
    internal GuestMemoryRegion(ulong address, MappingHandle mapping, int slot)
    {
        Address = address;
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

    internal MappingHandle Mapping { get; }

    /// <summary>The range as <c>0x1000-0x1fff</c>.</summary>
    public override string ToString() => $"0x{Address:x}-0x{LastAddress:x}";
}
