using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// Guest writes that signal an eventfd and do not leave the guest (KVM_IOEVENTFD): how a virtio driver rings
/// the bell of a queue.
/// </summary>
/// <remarks>
/// All members may be called from any thread. It keeps the kernel's VM until it is disposed; so disposed
/// before or after the <see cref="Vm"/> makes no difference. The written value is lost unless it is the one
/// to match.
/// </remarks>
public sealed class IoEventFd : IDisposable
{
    private readonly Attachment attachment;
    private readonly bool ownsEvent;

    internal IoEventFd(
        VmHandle vm, IoEventSpace space, ulong address, int length, ulong? dataMatch, EventFd? eventFd)
    {
        Check(space, address, length, dataMatch);
        Space = space;
        Address = address;
        Length = length;
        DataMatch = dataMatch;
        ownsEvent = eventFd is null;
        EventFd = eventFd ?? new EventFd();
        kvm_ioeventfd argument = new()
        {
            addr = address,
            len = (uint)length,
            datamatch = dataMatch.GetValueOrDefault(),
            flags = (uint)((dataMatch is null ? 0 : KvmApi.KVM_IOEVENTFD_FLAG_DATAMATCH) | FlagOf(space)),
        };
        attachment = new Attachment(vm, EventFd.File, argument);
        try
        {
            attachment.Attach();
        }
        catch
        {
            CloseOwn();
            throw;
        }
    }

    /// <summary>Signalled once for each write; several may be one count.</summary>
    public EventFd EventFd { get; }

    /// <summary>Where the address is.</summary>
    public IoEventSpace Space { get; }

    /// <summary>A port, a guest-physical address, or a subchannel.</summary>
    public ulong Address { get; }

    /// <summary>Width of the writes in bytes; 0 for any.</summary>
    public int Length { get; }

    /// <summary>The one value that signals, or null for any.</summary>
    public ulong? DataMatch { get; }

    /// <summary>Unties the eventfd: writes that come after this has returned are exits again.</summary>
    /// <remarks>An eventfd that this object made itself is closed, another is not.</remarks>
    public void Dispose()
    {
        attachment.Dispose();
        CloseOwn();
    }

    private static int FlagOf(IoEventSpace space) => space switch
    {
        IoEventSpace.Pio => KvmApi.KVM_IOEVENTFD_FLAG_PIO,
        IoEventSpace.VirtioCcw => KvmApi.KVM_IOEVENTFD_FLAG_VIRTIO_CCW_NOTIFY,
        _ => 0,
    };

    private static void Check(IoEventSpace space, ulong address, int length, ulong? dataMatch)
    {
        if (length is not (0 or 1 or 2 or 4 or 8))
        {
            throw new ArgumentOutOfRangeException(
                nameof(length), length, "an ioeventfd takes writes of 1, 2, 4 or 8 bytes, or 0 for any");
        }

        ulong highest = space == IoEventSpace.Pio ? ushort.MaxValue : ulong.MaxValue;
        if (address > highest - (ulong)Math.Max(length - 1, 0))
        {
            throw new ArgumentOutOfRangeException(
                nameof(address), $"{length} bytes at 0x{address:x} reach beyond 0x{highest:x}");
        }

        if (dataMatch is not ulong value)
        {
            return;
        }

        if (length == 0)
        {
            throw new ArgumentException(
                "a value can be compared with writes of one width only; give the length too",
                nameof(dataMatch));
        }

        if (length < sizeof(ulong) && value >> (8 * length) != 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(dataMatch), $"0x{value:x} does not fit into {length} bytes, so nothing would match");
        }
    }

    private void CloseOwn()
    {
        if (ownsEvent)
        {
            EventFd.Dispose();
        }
    }

    private sealed class Attachment(VmHandle vm, FileHandle eventFd, kvm_ioeventfd argument)
        : EventFdAttachment(vm, eventFd, resample: null)
    {
        protected override void Assign(KvmVmFd vm, int eventFd, int resample)
        {
            argument.fd = eventFd;
            if (vm.Ioeventfd(in argument) < 0)
            {
                KvmException.ThrowForLastError(
                    "KVM_IOEVENTFD", KvmFdKind.Vm, $"{argument.len} bytes at 0x{argument.addr:x}");
            }
        }

        protected override int Deassign(KvmVmFd vm, int eventFd)
        {
            kvm_ioeventfd removal = argument;
            removal.flags |= (uint)KvmApi.KVM_IOEVENTFD_FLAG_DEASSIGN;
            return vm.Ioeventfd(in removal);
        }
    }
}
