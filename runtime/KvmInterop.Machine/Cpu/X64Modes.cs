using KvmInterop.Native;
using KvmInterop.Native.X64;

namespace KvmInterop.Machine.Cpu;

/// <summary>
/// Special registers for the modes of an x86 processor, made of what <see cref="Vcpu.GetSpecialRegisters"/>
/// gives (Intel SDM volume 3: control registers 2.5, segments 3.4, EFER 2.2.1).
/// </summary>
[KvmArchitectures(KvmArchitecture.X64)]
public static class X64Modes
{
    private const ulong ProtectedMode = 1 << 0; // CR0.PE
    private const ulong Paging = 1UL << 31; // CR0.PG
    private const ulong NoCaches = 3UL << 29; // CR0.CD and CR0.NW, which a reset sets and firmware clears.
    private const ulong PhysicalAddressExtension = 1 << 5; // CR4.PAE
    private const ulong LongModeEnabled = 1 << 8; // EFER.LME
    private const ulong LongModeActive = 1 << 10; // EFER.LMA
    private const byte ExecuteReadAccessed = 0xb;
    private const byte ReadWriteAccessed = 0x3;
    private const ushort RealModeVectorsSize = 256 * 4;

    /// <summary>16-bit real mode, with all segments at <paramref name="segment"/> times 16.</summary>
    public static void SetRealMode(ref kvm_sregs special, ushort segment)
    {
        Place(ref special.cs, segment);
        Place(ref special.ds, segment);
        Place(ref special.es, segment);
        Place(ref special.fs, segment);
        Place(ref special.gs, segment);
        Place(ref special.ss, segment);
        special.cr0 &= ~(ProtectedMode | Paging);
        special.efer &= ~(LongModeEnabled | LongModeActive);
    }

    /// <summary>32-bit protected mode without paging, all segments from 0 to 4 GiB.</summary>
    /// <param name="special">The registers.</param>
    /// <param name="descriptorTable">Where <see cref="FlatSegments"/> are in memory.</param>
    /// <param name="codeSelector">The code's selector there; the data's is the next one.</param>
    public static void SetFlat32(
        ref kvm_sregs special, ulong descriptorTable, ushort codeSelector = FlatSegments.CodeSelector)
    {
        SetFlatSegments(ref special, descriptorTable, codeSelector, isLong: false);
        special.cr0 = (special.cr0 | ProtectedMode) & ~(Paging | NoCaches);
        special.cr4 = 0;
        special.efer &= ~(LongModeEnabled | LongModeActive);
    }

    /// <summary>64-bit long mode.</summary>
    /// <param name="special">The registers.</param>
    /// <param name="descriptorTable">Where <see cref="FlatSegments"/> are in memory.</param>
    /// <param name="pageTables">Where the top page table is.</param>
    public static void SetLongMode(ref kvm_sregs special, ulong descriptorTable, ulong pageTables)
    {
        SetFlatSegments(ref special, descriptorTable, FlatSegments.CodeSelector, isLong: true);
        special.cr3 = pageTables;
        special.cr4 |= PhysicalAddressExtension;
        special.cr0 = (special.cr0 | ProtectedMode | Paging) & ~NoCaches;
        special.efer |= LongModeEnabled | LongModeActive;
    }

    private static void SetFlatSegments(
        ref kvm_sregs special, ulong descriptorTable, ushort codeSelector, bool isLong)
    {
        special.cs = new kvm_segment
        {
            limit = uint.MaxValue,
            selector = codeSelector,
            type = ExecuteReadAccessed,
            present = 1,
            s = 1,
            g = 1,
            l = isLong ? (byte)1 : (byte)0,
            db = isLong ? (byte)0 : (byte)1,
        };
        kvm_segment data = new()
        {
            limit = uint.MaxValue,
            selector = (ushort)(codeSelector + FlatSegments.DescriptorSize),
            type = ReadWriteAccessed,
            present = 1,
            s = 1,
            g = 1,
            db = 1,
        };
        (special.ds, special.es, special.fs, special.gs, special.ss) = (data, data, data, data, data);
        special.gdt.@base = descriptorTable;
        special.gdt.limit = FlatSegments.Size - 1;

        // Real mode's table, as a BIOS leaves it, for kernels that go back there. None of its entries is a gate: in
        // this mode an exception before the guest has a table of its own is a triple fault.
        special.idt.@base = 0;
        special.idt.limit = RealModeVectorsSize - 1;
    }

    private static void Place(ref kvm_segment segment, ushort selector)
    {
        segment.selector = selector;
        segment.@base = (ulong)selector << 4;
    }
}
