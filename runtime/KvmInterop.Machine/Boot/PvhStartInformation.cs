using System.Buffers.Binary;

namespace KvmInterop.Machine.Boot;

/// <summary>
/// What a kernel entered by PVH finds by EBX (xen/include/public/arch-x86/hvm/start_info.h, version 1).
/// </summary>
internal static class PvhStartInformation
{
    private const uint Magic = 0x336e_c578;
    private const uint Version = 1;
    private const int Size = 56;
    private const int ModuleSize = 32;
    private const int MapEntrySize = 24;

    /// <summary>Writes the structure, and behind it the lists that it points to.</summary>
    /// <param name="memory">The guest's.</param>
    /// <param name="address">Guest-physical.</param>
    /// <param name="layout">Where memory is.</param>
    /// <param name="commandLine">Where the command line is.</param>
    /// <param name="acpiRootTable">Where ACPI begins, or null.</param>
    /// <param name="modules">Where the initrd is, if there is one.</param>
    internal static void Write(
        GuestMemory memory, ulong address, PcMemoryLayout layout, ulong commandLine, ulong? acpiRootTable,
        ReadOnlySpan<(ulong Address, ulong Size)> modules)
    {
        int modulesAt = Size;
        int mapAt = modulesAt + (modules.Length * ModuleSize);
        byte[] bytes = new byte[mapAt + (layout.E820.Length * MapEntrySize)];
        Span<byte> all = bytes;
        BinaryPrimitives.WriteUInt32LittleEndian(all, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(all[4..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(all[12..], (uint)modules.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(all[16..], modules.IsEmpty ? 0 : address + (ulong)modulesAt);
        BinaryPrimitives.WriteUInt64LittleEndian(all[24..], commandLine);
        BinaryPrimitives.WriteUInt64LittleEndian(all[32..], acpiRootTable ?? 0);
        BinaryPrimitives.WriteUInt64LittleEndian(all[40..], address + (ulong)mapAt);
        BinaryPrimitives.WriteUInt32LittleEndian(all[48..], (uint)layout.E820.Length);
        for (int i = 0; i < modules.Length; i++)
        {
            Span<byte> module = all[(modulesAt + (i * ModuleSize))..];
            BinaryPrimitives.WriteUInt64LittleEndian(module, modules[i].Address);
            BinaryPrimitives.WriteUInt64LittleEndian(module[8..], modules[i].Size);
        }

        for (int i = 0; i < layout.E820.Length; i++)
        {
            layout.E820[i].Write(all[(mapAt + (i * MapEntrySize))..]);
        }

        memory.Write(address, bytes);
    }
}
