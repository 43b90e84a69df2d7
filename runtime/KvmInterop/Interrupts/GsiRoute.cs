using KvmInterop.Native;

namespace KvmInterop;

/// <summary>One way from an interrupt number (GSI) into an interrupt controller.</summary>
/// <param name="Gsi">The number that irqfds and KVM_IRQ_LINE use.</param>
public abstract record GsiRoute(uint Gsi)
{
    /// <summary>To a pin of a controller in the kernel (KVM_IRQ_ROUTING_IRQCHIP).</summary>
    /// <param name="Gsi">The interrupt number.</param>
    /// <param name="Chip">On x86 KVM_IRQCHIP_PIC_MASTER, KVM_IRQCHIP_PIC_SLAVE or KVM_IRQCHIP_IOAPIC; 0
    /// elsewhere.</param>
    /// <param name="Pin">The controller's input; on arm64 the shared peripheral interrupt, from 0.</param>
    public sealed record IrqChip(uint Gsi, uint Chip, uint Pin) : GsiRoute(Gsi)
    {
        private protected override void Write(ref kvm_irq_routing_entry entry)
        {
            entry.type = KvmApi.KVM_IRQ_ROUTING_IRQCHIP;
            entry.u.irqchip = new kvm_irq_routing_irqchip { irqchip = Chip, pin = Pin };
        }
    }

    /// <summary>As a message (KVM_IRQ_ROUTING_MSI).</summary>
    /// <param name="Gsi">The interrupt number.</param>
    /// <param name="Address">Where the device would write it.</param>
    /// <param name="Data">What the device would write.</param>
    /// <param name="DeviceId">Which device, where the controller wants to know.</param>
    public sealed record Msi(uint Gsi, ulong Address, uint Data, uint? DeviceId = null) : GsiRoute(Gsi)
    {
        private protected override void Write(ref kvm_irq_routing_entry entry)
        {
            entry.type = KvmApi.KVM_IRQ_ROUTING_MSI;
            entry.flags = DeviceId is null ? 0 : KvmApi.KVM_MSI_VALID_DEVID;
            entry.u.msi = new kvm_irq_routing_msi
            {
                address_lo = (uint)Address,
                address_hi = (uint)(Address >> 32),
                data = Data,
                devid = DeviceId.GetValueOrDefault(),
            };
        }
    }

    /// <summary>To a synthetic interrupt source of Hyper-V (KVM_IRQ_ROUTING_HV_SINT).</summary>
    /// <param name="Gsi">The interrupt number.</param>
    /// <param name="Vcpu">The virtual processor's index.</param>
    /// <param name="Source">The interrupt source, 0 to 15.</param>
    public sealed record HyperVSynic(uint Gsi, uint Vcpu, uint Source) : GsiRoute(Gsi)
    {
        private protected override void Write(ref kvm_irq_routing_entry entry)
        {
            entry.type = KvmApi.KVM_IRQ_ROUTING_HV_SINT;
            entry.u.hv_sint = new kvm_irq_routing_hv_sint { vcpu = Vcpu, sint = Source };
        }
    }

    /// <summary>To an event channel of Xen (KVM_IRQ_ROUTING_XEN_EVTCHN).</summary>
    /// <param name="Gsi">The interrupt number.</param>
    /// <param name="Port">The event channel's port.</param>
    /// <param name="Vcpu">The vCPU's id.</param>
    /// <param name="Priority">KVM_IRQ_ROUTING_XEN_EVTCHN_PRIO_2LEVEL is the one that KVM takes.</param>
    public sealed record XenEventChannel(
        uint Gsi, uint Port, uint Vcpu, uint Priority = KvmApi.KVM_IRQ_ROUTING_XEN_EVTCHN_PRIO_2LEVEL)
        : GsiRoute(Gsi)
    {
        private protected override void Write(ref kvm_irq_routing_entry entry)
        {
            entry.type = KvmApi.KVM_IRQ_ROUTING_XEN_EVTCHN;
            entry.u.xen_evtchn =
                new kvm_irq_routing_xen_evtchn { port = Port, vcpu = Vcpu, priority = Priority };
        }
    }

    /// <summary>To an adapter of s390x (KVM_IRQ_ROUTING_S390_ADAPTER).</summary>
    /// <param name="Gsi">The interrupt number.</param>
    /// <param name="IndicatorAddress">Guest address of the indicators.</param>
    /// <param name="SummaryAddress">Guest address of the summary indicator.</param>
    /// <param name="IndicatorOffset">The indicator's bit.</param>
    /// <param name="SummaryOffset">The summary indicator's bit.</param>
    /// <param name="AdapterId">The adapter, as registered with the floating interrupt controller.</param>
    public sealed record S390Adapter(
        uint Gsi, ulong IndicatorAddress, ulong SummaryAddress, ulong IndicatorOffset, uint SummaryOffset,
        uint AdapterId)
        : GsiRoute(Gsi)
    {
        private protected override void Write(ref kvm_irq_routing_entry entry)
        {
            entry.type = KvmApi.KVM_IRQ_ROUTING_S390_ADAPTER;
            entry.u.adapter = new kvm_irq_routing_s390_adapter
            {
                ind_addr = IndicatorAddress,
                summary_addr = SummaryAddress,
                ind_offset = IndicatorOffset,
                summary_offset = SummaryOffset,
                adapter_id = AdapterId,
            };
        }
    }

    /// <summary>The kernel's form, which also serves to save it.</summary>
    public kvm_irq_routing_entry ToEntry()
    {
        kvm_irq_routing_entry entry = new() { gsi = Gsi };
        Write(ref entry);
        return entry;
    }

    /// <summary>Reads the kernel's form.</summary>
    /// <exception cref="ArgumentException">The type is not one that this library knows.</exception>
    public static GsiRoute FromEntry(in kvm_irq_routing_entry entry) => (int)entry.type switch
    {
        KvmApi.KVM_IRQ_ROUTING_IRQCHIP =>
            new IrqChip(entry.gsi, entry.u.irqchip.irqchip, entry.u.irqchip.pin),
        KvmApi.KVM_IRQ_ROUTING_MSI => FromEntry(entry.gsi, entry.flags, in entry.u.msi),
        KvmApi.KVM_IRQ_ROUTING_HV_SINT =>
            new HyperVSynic(entry.gsi, entry.u.hv_sint.vcpu, entry.u.hv_sint.sint),
        KvmApi.KVM_IRQ_ROUTING_XEN_EVTCHN => new XenEventChannel(
            entry.gsi, entry.u.xen_evtchn.port, entry.u.xen_evtchn.vcpu, entry.u.xen_evtchn.priority),
        KvmApi.KVM_IRQ_ROUTING_S390_ADAPTER => FromEntry(entry.gsi, in entry.u.adapter),
        _ => throw new ArgumentException($"{entry.type} is no type of interrupt route", nameof(entry)),
    };

    /// <summary>What KVM sets up on arm64: each number to the shared interrupt of that index.</summary>
    internal static IEnumerable<GsiRoute> GicDefaults(uint sharedInterrupts)
    {
        for (uint gsi = 0; gsi < sharedInterrupts; gsi++)
        {
            yield return new IrqChip(gsi, 0, gsi);
        }
    }

    /// <summary>
    /// Whether one number may have both: only pins of different controllers share one (virt/kvm/irqchip.c).
    /// </summary>
    internal bool CanStandBeside(GsiRoute other) =>
        this is IrqChip mine && other is IrqChip theirs && mine.Chip != theirs.Chip;

    private protected abstract void Write(ref kvm_irq_routing_entry entry);

    private static Msi FromEntry(uint gsi, uint flags, in kvm_irq_routing_msi msi) => new(
        gsi, (ulong)msi.address_hi << 32 | msi.address_lo, msi.data,
        (flags & KvmApi.KVM_MSI_VALID_DEVID) == 0 ? null : msi.devid);

    private static S390Adapter FromEntry(uint gsi, in kvm_irq_routing_s390_adapter adapter) => new(
        gsi, adapter.ind_addr, adapter.summary_addr, adapter.ind_offset, adapter.summary_offset,
        adapter.adapter_id);
}
