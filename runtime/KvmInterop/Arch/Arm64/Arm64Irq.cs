using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// The numbers that KVM_IRQ_LINE takes on arm64: a type, a vCPU and an interrupt in one (api.rst, 4.25).
/// </summary>
/// <remarks>Irqfds and the routing table use GSIs instead, which count shared interrupts from 0.</remarks>
[KvmArchitectures(KvmArchitecture.Arm64)]
public static class Arm64Irq
{
    // Of the GIC architecture (IHI 0069, 2.2.1).
    private const uint FirstPrivate = 16;
    private const uint FirstShared = 32;
    private const uint LastShared = 1019;

    /// <summary>A shared peripheral interrupt.</summary>
    /// <param name="interrupt">Its INTID, 32 to 1019.</param>
    /// <exception cref="ArgumentOutOfRangeException">The INTID is none of these.</exception>
    public static uint Shared(uint interrupt)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(interrupt, FirstShared);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(interrupt, LastShared);
        return Encode(KvmApi.KVM_ARM_IRQ_TYPE_SPI, 0, interrupt);
    }

    /// <summary>A private peripheral interrupt of one vCPU.</summary>
    /// <param name="vcpu">Its index in the order of creation.</param>
    /// <param name="interrupt">Its INTID, 16 to 31.</param>
    /// <exception cref="ArgumentOutOfRangeException">The INTID or the index is too high or low.</exception>
    public static uint Private(uint vcpu, uint interrupt)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(interrupt, FirstPrivate);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(interrupt, FirstShared);
        return Encode(KvmApi.KVM_ARM_IRQ_TYPE_PPI, vcpu, interrupt);
    }

    /// <summary>The interrupt input of a vCPU whose VM has no controller in the kernel.</summary>
    /// <param name="vcpu">Its index in the order of creation.</param>
    /// <param name="fast">FIQ instead of IRQ.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is too high.</exception>
    public static uint Processor(uint vcpu, bool fast = false) => Encode(
        KvmApi.KVM_ARM_IRQ_TYPE_CPU, vcpu,
        (uint)(fast ? KvmApi.KVM_ARM_IRQ_CPU_FIQ : KvmApi.KVM_ARM_IRQ_CPU_IRQ));

    private static uint Encode(int type, uint vcpu, uint number)
    {
        // The index was 8 bits wide at first; its upper bits are a field of their own
        // (KVM_CAP_ARM_IRQ_LINE_LAYOUT_2).
        const uint LowIndexes = KvmApi.KVM_ARM_IRQ_VCPU_MASK + 1;
        uint high = vcpu / LowIndexes;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(
            high, (uint)KvmApi.KVM_ARM_IRQ_VCPU2_MASK, nameof(vcpu));
        return (uint)type << KvmApi.KVM_ARM_IRQ_TYPE_SHIFT
            | high << KvmApi.KVM_ARM_IRQ_VCPU2_SHIFT
            | vcpu % LowIndexes << KvmApi.KVM_ARM_IRQ_VCPU_SHIFT
            | number << KvmApi.KVM_ARM_IRQ_NUM_SHIFT;
    }
}
