using KvmInterop.Native;
using KvmInterop.Native.X64;

namespace KvmInterop;

public sealed partial class Vcpu
{
    /// <summary>
    /// Asks KVM to leave registers in the mapped <c>kvm_run</c> at every exit (KVM_CAP_SYNC_REGS), where
    /// <c>exit.SyncRegisters</c> has them without an ioctl.
    /// </summary>
    /// <param name="classes">KVM_SYNC_X86_REGS, KVM_SYNC_X86_SREGS, KVM_SYNC_X86_EVENTS, or 0 for none. Each
    /// costs time at every exit.</param>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    /// <exception cref="NotSupportedException">This KVM does not have all of them.</exception>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void SyncRegisters(ulong classes)
    {
        using Held<VcpuHandle> held = UseX64File("kvm_run.kvm_valid_regs");
        int known = handle.Vm.Fd.CheckExtension((nuint)KvmCapability.KVM_CAP_SYNC_REGS);
        if ((classes & ~(ulong)Math.Max(known, 0)) != 0)
        {
            throw new NotSupportedException(
                $"this KVM can leave the registers 0x{known:x} in kvm_run and was asked for 0x{classes:x} "
                + "(KVM_CAP_SYNC_REGS); get the others with KVM_GET_REGS and its like");
        }

        RunMemory.Of<kvm_run>(handle).kvm_valid_regs = classes;
    }

    /// <summary>
    /// Whether KVM_RUN is to return with KVM_EXIT_IRQ_WINDOW_OPEN as soon as the guest can take an interrupt
    /// (<c>kvm_run.request_interrupt_window</c>). It stays so until it is set to false.
    /// </summary>
    /// <remarks>
    /// For interrupt controllers outside of the kernel: ask for it when an interrupt waits and
    /// <see cref="IsReadyForInterrupt"/> is false, and inject it (KVM_INTERRUPT) at that exit.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    [KvmArchitectures(KvmArchitecture.X64)]
    public bool WantsInterruptWindow
    {
        get
        {
            using Held<VcpuHandle> held = UseX64File("kvm_run.request_interrupt_window");
            return RunMemory.Of<kvm_run>(handle).request_interrupt_window != 0;
        }

        set
        {
            using Held<VcpuHandle> held = UseX64File("kvm_run.request_interrupt_window");
            RunMemory.Of<kvm_run>(handle).request_interrupt_window = (byte)(value ? 1 : 0);
        }
    }

    /// <summary>
    /// Whether, at the last exit, the guest could take an interrupt at once
    /// (<c>kvm_run.ready_for_interrupt_injection</c>).
    /// </summary>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    [KvmArchitectures(KvmArchitecture.X64)]
    public bool IsReadyForInterrupt
    {
        get
        {
            using Held<VcpuHandle> held = UseX64File("kvm_run.ready_for_interrupt_injection");
            return RunMemory.Of<kvm_run>(handle).ready_for_interrupt_injection != 0;
        }
    }

    /// <summary>
    /// The task priority of an interrupt controller outside of the kernel (<c>kvm_run.cr8</c>), 0 to 15: what
    /// the guest set until the last exit, and what KVM takes in with the next KVM_RUN.
    /// </summary>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    [KvmArchitectures(KvmArchitecture.X64)]
    public ulong TaskPriority
    {
        get
        {
            using Held<VcpuHandle> held = UseX64File("kvm_run.cr8");
            return RunMemory.Of<kvm_run>(handle).cr8;
        }

        set
        {
            using Held<VcpuHandle> held = UseX64File("kvm_run.cr8");
            RunMemory.Of<kvm_run>(handle).cr8 = value;
        }
    }

    // For what is no state of the guest's instructions: the mapping between exits, and interrupts that wait
    // until the guest runs. An access that is still to be answered stays so.
    private Held<VcpuHandle> UseX64File(string member)
    {
        NeededArchitecture.Check(KvmArchitecture.X64, member);
        return UseFile(member);
    }
}
