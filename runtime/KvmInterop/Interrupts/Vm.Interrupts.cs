using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class Vm
{
    /// <summary>Which interrupt number goes to which pins and messages; see there.</summary>
    public GsiRoutingTable GsiRouting { get; }

    /// <summary>Switches on a capability that has to be asked for (KVM_ENABLE_CAP on the VM file).</summary>
    /// <param name="capability">What; whether it is there says <see cref="CheckExtension"/>.</param>
    /// <param name="arguments">Up to four, as its document says.</param>
    /// <exception cref="ArgumentException">There are more than four arguments.</exception>
    /// <exception cref="KvmException">The ioctl failed: EINVAL, the kernel does not have the capability, or
    /// not with these arguments, or not any more (some only before the first vCPU).</exception>
    public void EnableCapability(KvmCapability capability, params ReadOnlySpan<ulong> arguments)
    {
        kvm_enable_cap argument = new() { cap = (uint)capability };
        Span<ulong> room = argument.args;
        if (arguments.Length > room.Length)
        {
            throw new ArgumentException(
                $"a capability takes at most {room.Length} arguments, and these are {arguments.Length}",
                nameof(arguments));
        }

        arguments.CopyTo(room);
        using Held<VmHandle> held = new(handle);
        int result = handle.Fd.EnableCap(in argument);
        if (result < 0)
        {
            KvmException.ThrowForLastError(
                "KVM_ENABLE_CAP", KvmFdKind.Vm, KvmNames.Capability((int)capability));
        }
    }

    /// <summary>
    /// Makes the architecture's interrupt controllers in the kernel (KVM_CREATE_IRQCHIP): on x86 two 8259A,
    /// an I/O APIC of 24 pins, and a local APIC in every vCPU.
    /// </summary>
    /// <remarks>
    /// Before the first vCPU. Afterwards a guest that halts waits inside KVM_RUN, and
    /// <see cref="GsiRouting"/> has KVM's default routes. On arm64 use <c>CreateGicV3</c> and its
    /// like.
    /// </remarks>
    /// <exception cref="KvmException">The ioctl failed: EEXIST, there is one already; EINVAL, there is a vCPU
    /// already.</exception>
    /// <exception cref="ObjectDisposedException">This object is disposed.</exception>
    [KvmArchitectures(KvmArchitecture.X64 | KvmArchitecture.S390x | KvmArchitecture.LoongArch64)]
    public void CreateIrqChip()
    {
        using Held<VmHandle> held = new(handle);
        KvmException.ThrowIfError(handle.Fd.CreateIrqchip(), "KVM_CREATE_IRQCHIP", KvmFdKind.Vm);
#if KVM_X64
        if (KvmHost.Architecture == KvmArchitecture.X64)
        {
            GsiRouting.Assume(X64GsiRoutes.OfNewVm(), X64GsiRoutes.Pins);
        }
#endif
    }

    /// <summary>Sets a line of an interrupt controller in the kernel (KVM_IRQ_LINE).</summary>
    /// <param name="irq">The GSI; on arm64 what <c>Arm64Irq</c> makes.</param>
    /// <param name="level">High asks for an interrupt. An edge-triggered one comes with the change from low
    /// to high, so lower the line again.</param>
    /// <remarks>Devices better get an <see cref="IInterruptLine"/>: <see cref="CreateIrqLine"/>.</remarks>
    /// <exception cref="KvmException">The ioctl failed: ENXIO, the VM has no interrupt controller in the
    /// kernel.</exception>
    /// <exception cref="ObjectDisposedException">This object is disposed.</exception>
    [KvmArchitectures(
        KvmArchitecture.X64 | KvmArchitecture.Arm64 | KvmArchitecture.RiscV64 | KvmArchitecture.LoongArch64)]
    public void SetIrqLine(uint irq, bool level)
    {
        using Held<VmHandle> held = new(handle);
        kvm_irq_level argument = new() { irq = irq, level = level ? 1u : 0 };
        if (handle.Fd.IrqLine(in argument) < 0)
        {
            KvmException.ThrowForLastError("KVM_IRQ_LINE", KvmFdKind.Vm, $"line 0x{irq:x}");
        }
    }

    /// <summary>As <see cref="SetIrqLine"/>, and tells what became of it (KVM_IRQ_LINE_STATUS).</summary>
    /// <inheritdoc cref="SetIrqLine"/>
    [KvmArchitectures(
        KvmArchitecture.X64 | KvmArchitecture.Arm64 | KvmArchitecture.RiscV64 | KvmArchitecture.LoongArch64)]
    public InterruptDelivery SetIrqLineWithStatus(uint irq, bool level)
    {
        using Held<VmHandle> held = new(handle);
        kvm_irq_level argument = new() { irq = irq, level = level ? 1u : 0 };
        if (handle.Fd.IrqLineStatus(ref argument) < 0)
        {
            KvmException.ThrowForLastError("KVM_IRQ_LINE_STATUS", KvmFdKind.Vm, $"line 0x{irq:x}");
        }

        return argument.status switch
        {
            < 0 => InterruptDelivery.Ignored,
            0 => InterruptDelivery.Coalesced,
            _ => InterruptDelivery.Delivered,
        };
    }

    /// <summary>A line for a device, set by KVM_IRQ_LINE on the thread that sets it.</summary>
    /// <param name="irq">As for <see cref="SetIrqLine"/>.</param>
    [KvmArchitectures(
        KvmArchitecture.X64 | KvmArchitecture.Arm64 | KvmArchitecture.RiscV64 | KvmArchitecture.LoongArch64)]
    public IrqLine CreateIrqLine(uint irq) => new(this, irq);

    /// <summary>Sends a message-signalled interrupt right away (KVM_SIGNAL_MSI).</summary>
    /// <param name="address">What the guest wrote into the device's message address.</param>
    /// <param name="data">What the guest wrote into the device's message data.</param>
    /// <param name="deviceId">Which device sends it, where the controller wants to know: an arm64
    /// <c>GicIts</c> does.</param>
    /// <returns>Whether it was delivered; if not, the guest blocks it, or nobody has the
    /// destination.</returns>
    /// <exception cref="KvmException">The ioctl failed: ENXIO or EINVAL, the VM has no interrupt controller
    /// in the kernel that takes messages.</exception>
    /// <exception cref="ObjectDisposedException">This object is disposed.</exception>
    [KvmArchitectures(
        KvmArchitecture.X64 | KvmArchitecture.Arm64 | KvmArchitecture.RiscV64 | KvmArchitecture.LoongArch64)]
    public bool SignalMsi(ulong address, uint data, uint? deviceId = null)
    {
        using Held<VmHandle> held = new(handle);
        kvm_msi message = new()
        {
            address_lo = (uint)address,
            address_hi = (uint)(address >> 32),
            data = data,
            devid = deviceId.GetValueOrDefault(),
            flags = deviceId is null ? 0 : KvmApi.KVM_MSI_VALID_DEVID,
        };
        int result = handle.Fd.SignalMsi(in message);

        // x86 has -1 for "no local APIC takes it", which leaves the kernel as if it were EPERM; EBUSY is an
        // ITS that the guest has off.
        if (result < 0 && Marshal.GetLastPInvokeError() is not (Errno.EPERM or Errno.EBUSY))
        {
            KvmException.ThrowForLastError(
                "KVM_SIGNAL_MSI", KvmFdKind.Vm, $"address 0x{address:x}, data 0x{data:x}");
        }

        return result > 0;
    }

    /// <summary>Lets an eventfd of its own interrupt the guest (KVM_IRQFD).</summary>
    /// <param name="gsi">The interrupt's number in <see cref="GsiRouting"/>; on arm64, with the default
    /// routes, that of the shared peripheral interrupt, counted from 0.</param>
    /// <inheritdoc cref="CreateIrqFd(uint, EventFd, EventFd)"/>
    public IrqFd CreateIrqFd(uint gsi) => IrqFd.OfOwnEvents(handle, gsi, resampleOn: null);

    /// <summary>
    /// As <see cref="CreateIrqFd(uint)"/>, for a level-triggered interrupt (KVM_IRQFD_FLAG_RESAMPLE).
    /// </summary>
    /// <param name="gsi">As for <see cref="CreateIrqFd(uint)"/>.</param>
    /// <param name="loop">Where KVM's word that the guest has ended an interrupt is waited for: if the device
    /// holds its line still, there is another one.</param>
    /// <inheritdoc cref="CreateIrqFd(uint, EventFd, EventFd)"/>
    public IrqFd CreateLevelIrqFd(uint gsi, EventLoop loop)
    {
        ArgumentNullException.ThrowIfNull(loop);
        return IrqFd.OfOwnEvents(handle, gsi, loop);
    }

    /// <summary>Lets an eventfd interrupt the guest (KVM_IRQFD).</summary>
    /// <param name="gsi">As for <see cref="CreateIrqFd(uint)"/>.</param>
    /// <param name="trigger">Each signal is an interrupt; several may become one. Not owned.</param>
    /// <param name="resample">With it the interrupt is level-triggered: a signal raises the line, the guest's
    /// end of interrupt lowers it, and KVM signals this. Not owned; who waits for it signals the trigger
    /// again if the cause still holds.</param>
    /// <exception cref="KvmException">The ioctl failed: EINVAL, the VM has no interrupt controller in the
    /// kernel; EBUSY, the eventfd has an irqfd in this VM already.</exception>
    /// <exception cref="ObjectDisposedException">This object or an eventfd is disposed.</exception>
    public IrqFd CreateIrqFd(uint gsi, EventFd trigger, EventFd? resample = null)
    {
        ArgumentNullException.ThrowIfNull(trigger);
        return new IrqFd(handle, gsi, trigger, resample, ownsEvents: false);
    }

    /// <summary>
    /// Makes guest writes to an address signal an eventfd in the kernel, without an exit (KVM_IOEVENTFD).
    /// </summary>
    /// <param name="space">Where the address is.</param>
    /// <param name="address">A port, a guest-physical address, or a subchannel.</param>
    /// <param name="length">1, 2, 4 or 8 for writes of just that width; 0 for any.</param>
    /// <param name="dataMatch">Only writes of this value; others come as exits, as if this were not there.
    /// </param>
    /// <param name="eventFd">What is signalled; not owned. Without one, it has its own.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is none of these, the address or the value
    /// does not fit.</exception>
    /// <exception cref="ArgumentException">A value to match is given without a length.</exception>
    /// <exception cref="KvmException">The ioctl failed: EEXIST, there is one of the same address, length and
    /// value; ENOSPC, the VM has all it may have.</exception>
    /// <exception cref="ObjectDisposedException">This object or the eventfd is disposed.</exception>
    public IoEventFd CreateIoEventFd(
        IoEventSpace space, ulong address, int length = 0, ulong? dataMatch = null,
        EventFd? eventFd = null) =>
        new(handle, space, address, length, dataMatch, eventFd);
}
