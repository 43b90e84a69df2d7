using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class Vcpu
{
    /// <summary>Queues a non-maskable interrupt (KVM_NMI); the guest takes it when it runs next.</summary>
    /// <remarks>
    /// From another thread than the vCPU's, send a message with delivery mode NMI instead
    /// (<see cref="Vm.SignalMsi"/>): it needs the local APIC in the kernel, and reaches a running guest.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void QueueNmi()
    {
        using Held<VcpuHandle> held = UseX64File("KVM_NMI");
        KvmException.ThrowIfError(handle.Fd.Nmi(), "KVM_NMI", KvmFdKind.Vcpu);
    }

    /// <summary>Queues a system management interrupt (KVM_SMI).</summary>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    /// <exception cref="KvmException">The ioctl failed: ENOTTY or EINVAL, this KVM lacks
    /// KVM_CAP_X86_SMM.</exception>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void QueueSmi()
    {
        using Held<VcpuHandle> held = UseX64File("KVM_SMI");
        KvmException.ThrowIfError(handle.Fd.Smi(), "KVM_SMI", KvmFdKind.Vcpu);
    }

    /// <summary>
    /// Queues an interrupt of a vCPU whose interrupt controller is the program's own (KVM_INTERRUPT).
    /// </summary>
    /// <param name="vector">What the controller answers to the processor's acknowledgement.</param>
    /// <remarks>
    /// Only when the guest can take it at once, as <see cref="IsReadyForInterrupt"/> says after an exit. When
    /// it cannot, ask for the window (<see cref="WantsInterruptWindow"/>) and wait for
    /// KVM_EXIT_IRQ_WINDOW_OPEN.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    /// <exception cref="KvmException">The ioctl failed: EEXIST, one is queued already; ENXIO, the controller
    /// is in the kernel.</exception>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void QueueInterrupt(byte vector)
    {
        using Held<VcpuHandle> held = UseX64File("KVM_INTERRUPT");
        kvm_interrupt interrupt = new() { irq = vector };
        KvmException.ThrowIfError(
            handle.Fd.Interrupt(in interrupt), "KVM_INTERRUPT", KvmFdKind.Vcpu, $"vector {vector}");
    }
}
