#if KVM_SET_MEMORY_ATTRIBUTES
using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class Vm
{
    /// <summary>
    /// Gives guest pages attributes, above all KVM_MEMORY_ATTRIBUTE_PRIVATE, or takes them away
    /// (KVM_SET_MEMORY_ATTRIBUTES).
    /// </summary>
    /// <remarks>
    /// A private page is the one in the region's guest_memfd, which the host cannot reach; a shared one is
    /// memory of this process. A guest that touches a page in the other way than its attribute says exits
    /// with KVM_EXIT_MEMORY_FAULT. vCPUs may be running.
    /// </remarks>
    /// <param name="address">A guest-physical address, a multiple of the page size.</param>
    /// <param name="size">Bytes, a multiple of the page size.</param>
    /// <param name="attributes">All attributes that the pages have from now on; KVM_CAP_MEMORY_ATTRIBUTES
    /// tells which there are.</param>
    /// <exception cref="NotSupportedException">This VM lacks KVM_CAP_MEMORY_ATTRIBUTES or one of
    /// them.</exception>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void SetMemoryAttributes(ulong address, ulong size, ulong attributes)
    {
        NeededArchitecture.Check(KvmArchitecture.X64, "KVM_SET_MEMORY_ATTRIBUTES");
        using Held<VmHandle> held = new(handle);
        ulong known = (ulong)handle.Require(KvmCapability.KVM_CAP_MEMORY_ATTRIBUTES);
        if ((attributes & ~known) != 0)
        {
            throw new NotSupportedException(
                $"this VM's pages can have the attributes 0x{known:x} (KVM_CAP_MEMORY_ATTRIBUTES), not "
                + $"0x{attributes:x}; another type of VM may have more");
        }

        kvm_memory_attributes request = new() { address = address, size = size, attributes = attributes };
        KvmException.ThrowIfError(
            handle.Fd.SetMemoryAttributes(in request), "KVM_SET_MEMORY_ATTRIBUTES", KvmFdKind.Vm,
            $"0x{attributes:x} for 0x{size:x} bytes at 0x{address:x}");
    }
}
#endif
