using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class Vcpu
{
    /// <summary>
    /// Which private interrupts the architected timers raise (KVM_ARM_VCPU_TIMER_IRQ_VTIMER, _PTIMER), for
    /// all vCPUs of the VM that there are.
    /// </summary>
    /// <param name="virtualTimer">An INTID of 16 to 31; KVM's choice is 27.</param>
    /// <param name="physicalTimer">An INTID of 16 to 31, another one; KVM's choice is 30.</param>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    /// <exception cref="PlatformNotSupportedException">This is not an arm64 process.</exception>
    /// <exception cref="KvmException">The attribute was refused: EINVAL, it is no private interrupt; EBUSY, a
    /// vCPU has run.</exception>
    [KvmArchitectures(KvmArchitecture.Arm64)]
    public void SetTimerInterrupts(int virtualTimer, int physicalTimer)
    {
        NeededArchitecture.Check(KvmArchitecture.Arm64, "KVM_ARM_VCPU_TIMER_CTRL");
        SetAttribute(
            KvmApi.KVM_ARM_VCPU_TIMER_CTRL, KvmApi.KVM_ARM_VCPU_TIMER_IRQ_VTIMER, in virtualTimer);
        SetAttribute(
            KvmApi.KVM_ARM_VCPU_TIMER_CTRL, KvmApi.KVM_ARM_VCPU_TIMER_IRQ_PTIMER, in physicalTimer);
    }

    /// <summary>
    /// Brings the performance monitors of a vCPU with KVM_ARM_VCPU_PMU_V3 into service
    /// (KVM_ARM_VCPU_PMU_V3_INIT), after the interrupt controller.
    /// </summary>
    /// <param name="interrupt">What an overflow raises (KVM_ARM_VCPU_PMU_V3_IRQ): a private interrupt, the
    /// same for all vCPUs, or a shared one, another for each. Null without a controller in the
    /// kernel.</param>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    /// <exception cref="PlatformNotSupportedException">This is not an arm64 process.</exception>
    /// <exception cref="KvmException">An attribute was refused: ENODEV, the vCPU lacks the feature, or the
    /// controller is not initialized; EBUSY, it was done before.</exception>
    [KvmArchitectures(KvmArchitecture.Arm64)]
    public void InitializePmu(int? interrupt)
    {
        NeededArchitecture.Check(KvmArchitecture.Arm64, "KVM_ARM_VCPU_PMU_V3_CTRL");
        if (interrupt is int overflow)
        {
            SetAttribute(KvmApi.KVM_ARM_VCPU_PMU_V3_CTRL, KvmApi.KVM_ARM_VCPU_PMU_V3_IRQ, in overflow);
        }

        Command(KvmApi.KVM_ARM_VCPU_PMU_V3_CTRL, KvmApi.KVM_ARM_VCPU_PMU_V3_INIT);
    }
}
