using KvmInterop.Native;
using Microsoft.Win32.SafeHandles;

namespace KvmInterop;

internal static partial class GuestMapping
{
#if KVM_CREATE_GUEST_MEMFD
    private static MappingHandle MapGuestMemfd(ulong address, ulong size, ulong alignment, VmHandle? vm)
    {
        if (vm is null)
        {
            throw new InvalidOperationException(
                "a guest_memfd belongs to a VM; add it to Vm.Memory, or take GuestMemoryBacking.Shared");
        }

        if (KvmHost.Architecture is not (KvmArchitecture.X64 or KvmArchitecture.Arm64))
        {
            throw Kvm.MissingCapability(KvmCapability.KVM_CAP_GUEST_MEMFD);
        }

        using Held<VmHandle> held = new(vm);
        vm.Require(KvmCapability.KVM_CAP_USER_MEMORY2);
        vm.Require(KvmCapability.KVM_CAP_GUEST_MEMFD);
        kvm_create_guest_memfd request = new() { size = size, flags = FlagsToMap(vm) };
        int fd = KvmException.ThrowIfError(
            vm.Fd.CreateGuestMemfd(in request), "KVM_CREATE_GUEST_MEMFD", KvmFdKind.Vm, $"{size:#,0} bytes");
        SafeFileHandle file = new(fd, ownsHandle: true);
        try
        {
            return request.flags != 0
                ? MappingHandle.OfFile(
                    address, size, alignment, file, 0, Libc.MapShared, file, isGuestMemfd: true)
                : MappingHandle.Anonymous(address, size, alignment, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    // What lets this process map the file; 0 where the VM has no such files.
    private static ulong FlagsToMap(VmHandle vm)
    {
#if GUEST_MEMFD_FLAG_MMAP
        const ulong Wanted = KvmApi.GUEST_MEMFD_FLAG_MMAP | KvmApi.GUEST_MEMFD_FLAG_INIT_SHARED;
        ulong has = (ulong)vm.CheckExtension(KvmCapability.KVM_CAP_GUEST_MEMFD_FLAGS);
        return (has & Wanted) == Wanted ? Wanted : 0;
#else
        return 0;
#endif
    }
#else
    private static MappingHandle MapGuestMemfd(ulong address, ulong size, ulong alignment, VmHandle? vm) =>
        throw new NotSupportedException(
            "guest_memfd is newer than the headers of this build; build against those of Linux 6.8 or later");
#endif
}
