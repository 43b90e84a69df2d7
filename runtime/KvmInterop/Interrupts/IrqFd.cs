using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// An eventfd that interrupts the guest (KVM_IRQFD): whoever signals it, in this process or in another, needs
/// neither the VM's file nor a vCPU's thread.
/// </summary>
/// <remarks>
/// All members may be called from any thread. It keeps the kernel's VM until it is disposed; so disposed
/// before or after the <see cref="Vm"/> makes no difference.
/// </remarks>
public sealed class IrqFd : IInterruptLine, IDisposable
{
    private readonly Attachment attachment;
    private readonly bool ownsEvents;
    private EventRegistration? resampling;
    private int level;

    internal IrqFd(VmHandle vm, uint gsi, EventFd trigger, EventFd? resample, bool ownsEvents)
    {
        Gsi = gsi;
        Trigger = trigger;
        Resample = resample;
        this.ownsEvents = ownsEvents;
        attachment = new Attachment(vm, gsi, trigger.File, resample?.File);
        attachment.Attach();
    }

    /// <summary>The interrupt's number in the routing table.</summary>
    public uint Gsi { get; }

    /// <summary>Interrupts the guest when it is signalled.</summary>
    public EventFd Trigger { get; }

    /// <summary>
    /// Signalled by KVM when the guest has ended the interrupt (and the line is low); null for an
    /// edge-triggered one.
    /// </summary>
    public EventFd? Resample { get; }

    /// <summary>Signals <see cref="Trigger"/> when the level changes to high.</summary>
    /// <remarks>
    /// An eventfd cannot lower a line. With <see cref="Resample"/> the guest's end of interrupt does, and it
    /// is raised again then if the level is high still; without, each change to high is an edge, and low is
    /// only the way to the next.
    /// </remarks>
    /// <exception cref="ObjectDisposedException">The trigger is disposed.</exception>
    public void SetLevel(bool level)
    {
        int wanted = level ? 1 : 0;
        if (Interlocked.Exchange(ref this.level, wanted) != wanted && level)
        {
            Trigger.Signal();
        }
    }

    /// <summary>Unties the eventfd: once this has returned, no signal interrupts the guest.</summary>
    /// <remarks>What this object made itself is closed, other eventfds are not.</remarks>
    public void Dispose()
    {
        resampling?.Dispose();
        attachment.Dispose();
        if (ownsEvents)
        {
            Trigger.Dispose();
            Resample?.Dispose();
        }
    }

    internal static IrqFd OfOwnEvents(VmHandle vm, uint gsi, EventLoop? resampleOn)
    {
        EventFd trigger = new();
        EventFd? resample = null;
        IrqFd? irqFd = null;
        try
        {
            resample = resampleOn is null ? null : new EventFd();
            irqFd = new IrqFd(vm, gsi, trigger, resample, ownsEvents: true);
            irqFd.resampling = resampleOn?.Add(resample!, irqFd.RaiseAgain);
            return irqFd;
        }
        catch
        {
            irqFd?.Dispose();
            resample?.Dispose();
            trigger.Dispose();
            throw;
        }
    }

    // One signal too many is harmless: raising a line that is high changes nothing.
    private void RaiseAgain(ulong count)
    {
        if (Volatile.Read(ref level) != 0)
        {
            Trigger.Signal();
        }
    }

    private sealed class Attachment(VmHandle vm, uint gsi, FileHandle trigger, FileHandle? resample)
        : EventFdAttachment(vm, trigger, resample)
    {
        private readonly bool isLevel = resample is not null;

        protected override void Assign(KvmVmFd vm, int eventFd, int resample)
        {
            kvm_irqfd argument = new()
            {
                fd = (uint)eventFd,
                gsi = gsi,
                flags = isLevel ? (uint)KvmApi.KVM_IRQFD_FLAG_RESAMPLE : 0,
                resamplefd = (uint)resample,
            };
            KvmException.ThrowIfError(vm.Irqfd(in argument), "KVM_IRQFD", KvmFdKind.Vm, $"GSI {gsi}");
        }

        protected override int Deassign(KvmVmFd vm, int eventFd)
        {
            kvm_irqfd argument = new()
            {
                fd = (uint)eventFd,
                gsi = gsi,
                flags = KvmApi.KVM_IRQFD_FLAG_DEASSIGN,
            };
            return vm.Irqfd(in argument);
        }
    }
}
