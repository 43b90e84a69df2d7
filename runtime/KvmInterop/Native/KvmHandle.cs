using System.Runtime.InteropServices;

namespace KvmInterop.Native;

/// <summary>The open KVM device (<c>/dev/kvm</c>): the file of the system ioctls.</summary>
internal sealed class KvmHandle : SafeHandle
{
    internal KvmHandle(int fd)
        : base(-1, ownsHandle: true) => SetHandle(fd);

    public override bool IsInvalid => handle < 0;

    internal KvmSystemFd Fd => new((int)handle);

    protected override bool ReleaseHandle() => Libc.Close((int)handle) == 0;
}
