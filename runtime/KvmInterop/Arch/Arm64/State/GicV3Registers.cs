using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// What a GICv3's state consists of, in the order in which it is restored. Offsets and encodings are the GIC
/// architecture's (Arm IHI 0069, 12.8 to 12.11 and 12.2).
/// </summary>
/// <remarks>
/// GICD_CTLR is first, and the distributor before the redistributors: what becomes pending while interrupts
/// are off KVM takes to no vCPU, nor later when they are on. A line's kind and level come before what is
/// pending, and its target before both. Registers that KVM has but does not keep (GICD_STATUSR, GICR_WAKER)
/// are not in it.
/// </remarks>
[KvmArchitectures(KvmArchitecture.Arm64)]
internal static class GicV3Registers
{
    /// <summary>GICD_IIDR, whose revision is set before all others (arm-vgic-v3.rst).</summary>
    internal const uint Identification = 0x8;

    /// <summary>ICC_CTLR_EL1, whose bits 8 to 10 say how many priority bits there are, less one.</summary>
    internal const ushort CpuControl = SystemBase | 12 << 3 | 4;

    /// <summary>SGIs and PPIs, which are in the redistributors (2.2.1).</summary>
    private const uint FirstShared = 32;

    private const uint Control = 0x0;
    private const uint PropertyBase = 0x70; // GICR_PROPBASER
    private const uint PendingBase = 0x78; // GICR_PENDBASER
    private const uint Group = 0x80; // GICD_IGROUPR and, in the SGI frame, GICR_IGROUPR0; so all below
    private const uint SetEnable = 0x100;
    private const uint ClearEnable = 0x180;
    private const uint SetPending = 0x200;
    private const uint SetActive = 0x300;
    private const uint ClearActive = 0x380;
    private const uint Priority = 0x400;
    private const uint Configuration = 0xc00;
    private const uint Route = 0x6000;
    private const uint SgiFrame = 0x10000;

    // How system registers are named: Op0 3, Op1 0, CRn 12 but for ICC_PMR_EL1; then CRm and Op2.
    private const ushort SystemBase = 3 << 14 | 12 << 7;
    private const ushort PriorityMask = 3 << 14 | 4 << 7 | 6 << 3;
    private const ushort BinaryPoint0 = SystemBase | 8 << 3 | 3;
    private const ushort ActivePriorities0 = SystemBase | 8 << 3 | 4;
    private const ushort ActivePriorities1 = SystemBase | 9 << 3;
    private const ushort BinaryPoint1 = SystemBase | 12 << 3 | 3;
    private const ushort Enable = SystemBase | 12 << 3 | 5; // ICC_SRE_EL1
    private const ushort Group0Enable = SystemBase | 12 << 3 | 6;
    private const ushort Group1Enable = SystemBase | 12 << 3 | 7;

    /// <summary>The distributor's, for as many interrupts, the private ones among them.</summary>
    internal static IEnumerable<GicRegister> Distributor(uint interrupts)
    {
        // Each is a bit field of so many bits for each interrupt.
        IEnumerable<uint> Of(uint bits) => Enumerable
            .Range(0, (int)((interrupts - FirstShared) * bits / 32))
            .Select(word => (FirstShared * bits / 8) + ((uint)word * sizeof(uint)));

        return
        [
            GicRegister.Plain(Control),
            .. Of(1).Select(at => GicRegister.Bits(SetEnable + at, ClearEnable + at)),
            .. Of(1).Select(at => GicRegister.Plain(Group + at)),
            .. Of(64).Select(at => GicRegister.Plain(Route + at)),
            .. Of(2).Select(at => GicRegister.Plain(Configuration + at)),
            .. Of(1).Select(at => GicRegister.Lines(at * 8)),
            .. Of(8).Select(at => GicRegister.Plain(Priority + at)),
            .. Of(1).Select(at => GicRegister.Plain(SetPending + at)),
            .. Of(1).Select(at => GicRegister.Bits(SetActive + at, ClearActive + at)),
        ];
    }

    /// <summary>A redistributor's.</summary>
    /// <param name="hasLpis">
    /// With an ITS: the tables' addresses before GICR_CTLR, which makes KVM read the pending one.
    /// </param>
    internal static IEnumerable<GicRegister> Redistributor(bool hasLpis)
    {
        uint[] tables =
            [PropertyBase, PropertyBase + sizeof(uint), PendingBase, PendingBase + sizeof(uint), Control];
        return
        [
            .. (hasLpis ? tables : []).Select(GicRegister.Plain),
            GicRegister.Bits(SgiFrame + SetEnable, SgiFrame + ClearEnable),
            GicRegister.Plain(SgiFrame + Group),
            GicRegister.Plain(SgiFrame + Configuration + sizeof(uint)),
            GicRegister.Lines(0),
            .. Enumerable.Range(0, (int)FirstShared / sizeof(uint)).Select(
                word => GicRegister.Plain(SgiFrame + Priority + ((uint)word * sizeof(uint)))),
            GicRegister.Plain(SgiFrame + SetPending),
            GicRegister.Bits(SgiFrame + SetActive, SgiFrame + ClearActive),
        ];
    }

    /// <summary>A CPU interface's, for ICC_CTLR_EL1's number of priority bits.</summary>
    /// <param name="control">ICC_CTLR_EL1.</param>
    internal static IEnumerable<ushort> Cpu(ulong control)
    {
        // 5 bits of priority are 32 levels, one register of active ones; each bit more doubles them (12.2.1).
        const int BitsOfOne = 5;
        int bits = (int)(control >> 8 & 7) + 1;
        int count = 1 << Math.Clamp(bits - BitsOfOne, 0, 2);
        return
        [
            Enable, CpuControl, PriorityMask, BinaryPoint0, BinaryPoint1,
            .. Enumerable.Range(0, count).Select(n => (ushort)(ActivePriorities0 + n)),
            .. Enumerable.Range(0, count).Select(n => (ushort)(ActivePriorities1 + n)),
            Group0Enable, Group1Enable,
        ];
    }
}
