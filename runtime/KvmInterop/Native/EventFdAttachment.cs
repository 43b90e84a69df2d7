using System.Runtime.InteropServices;

namespace KvmInterop.Native;

/// <summary>
/// What ties an eventfd to a VM. Untied when it is released, by the numbers of both files: it refers to them,
/// so that they are open and still the same then, in whatever order all are disposed or collected.
/// </summary>
internal abstract class EventFdAttachment(VmHandle vm, FileHandle eventFd, FileHandle? resample)
    : SafeHandle(0, ownsHandle: true)
{
    private const nint Attached = 1;

    public override bool IsInvalid => handle == 0;

    /// <summary>Ties them; to be called once, and to be let go by Dispose.</summary>
    internal void Attach()
    {
        bool vmHeld = false;
        bool eventHeld = false;
        bool resampleHeld = false;
        try
        {
            vm.DangerousAddRef(ref vmHeld);
            eventFd.DangerousAddRef(ref eventHeld);
            resample?.DangerousAddRef(ref resampleHeld);
            Assign(vm.Fd, eventFd.Fd, resample?.Fd ?? 0);
            SetHandle(Attached);
        }
        finally
        {
            if (IsInvalid)
            {
                Release(vm, vmHeld);
                Release(eventFd, eventHeld);
                Release(resample, resampleHeld);
            }
        }
    }

    /// <summary>Makes the ioctl, and throws for its errors.</summary>
    protected abstract void Assign(KvmVmFd vm, int eventFd, int resample);

    /// <summary>Takes back what <see cref="Assign"/> did. Returns the ioctl's result.</summary>
    protected abstract int Deassign(KvmVmFd vm, int eventFd);

    protected override bool ReleaseHandle()
    {
        bool ok = Deassign(vm.Fd, eventFd.Fd) >= 0;
        Release(vm, true);
        Release(eventFd, true);
        Release(resample, resample is not null);
        return ok;
    }

    private static void Release(SafeHandle? file, bool held)
    {
        if (held)
        {
            file!.DangerousRelease();
        }
    }
}
