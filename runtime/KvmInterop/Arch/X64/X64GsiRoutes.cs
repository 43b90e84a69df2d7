using KvmInterop.Native;

namespace KvmInterop;

/// <summary>The routes of a VM whose interrupt controllers KVM has just made.</summary>
[KvmArchitectures(KvmArchitecture.X64)]
internal static class X64GsiRoutes
{
    /// <summary>As many interrupt numbers as the I/O APIC has pins.</summary>
    internal const uint Pins = KvmApi.KVM_IOAPIC_NUM_PINS;

    /// <summary>
    /// What KVM sets up on x86: the first 16 numbers to the pins of both kinds of controller, the others to
    /// the I/O APIC's alone.
    /// </summary>
    internal static IEnumerable<GsiRoute> OfNewVm()
    {
        // Two 8259A of 8 pins each.
        const uint PinsOfPic = 8;
        for (uint gsi = 0; gsi < Pins; gsi++)
        {
            yield return new GsiRoute.IrqChip(gsi, KvmApi.KVM_IRQCHIP_IOAPIC, gsi);
            if (gsi < 2 * PinsOfPic)
            {
                int chip = gsi < PinsOfPic ? KvmApi.KVM_IRQCHIP_PIC_MASTER : KvmApi.KVM_IRQCHIP_PIC_SLAVE;
                yield return new GsiRoute.IrqChip(gsi, (uint)chip, gsi % PinsOfPic);
            }
        }
    }
}
