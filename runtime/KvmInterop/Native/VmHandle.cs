using System.Runtime.InteropServices;

namespace KvmInterop.Native;

/// <summary>
/// A VM's file, and the memory that its slots point at. Every vCPU holds a reference, so that neither is gone
/// while a guest can still run.
/// </summary>
/// <remarks>
/// A memory slot is an address range of this process, not a reference to memory: were RAM unmapped under a VM
/// that lives, whatever is mapped there next would be the guest's to write. So the mappings are let go only
/// after the file. Finalizers run in any order; the references (and not the order) make that right.
/// </remarks>
internal sealed partial class VmHandle : SafeHandle
{
    // Index = slot number. Written under GuestMemory's lock, read for the last time in ReleaseHandle.
    private readonly List<MappingHandle?> slots = [];

    internal VmHandle(int fd)
        : base(-1, ownsHandle: true) => SetHandle(fd);

    public override bool IsInvalid => handle < 0;

    internal KvmVmFd Fd => new((int)handle);

    /// <summary>Makes the mapping visible to the guest. Returns the slot's number.</summary>
    internal int AddSlot(ulong address, MappingHandle mapping)
    {
        using Held<VmHandle> held = new(this);
        int slot = slots.IndexOf(null);
        if (slot < 0)
        {
            slot = slots.Count;
            slots.Add(null);
        }

        bool mappingHeld = false;
        try
        {
            mapping.DangerousAddRef(ref mappingHeld);
            SetSlot(slot, address, mapping.Size, mapping);
            slots[slot] = mapping;
            return slot;
        }
        catch
        {
            if (mappingHeld)
            {
                mapping.DangerousRelease();
            }

            throw;
        }
    }

    /// <summary>Deletes a slot; once KVM has, no vCPU can reach the memory.</summary>
    internal void RemoveSlot(int slot, ulong address)
    {
        using Held<VmHandle> held = new(this);
        MappingHandle mapping = slots[slot]!;
        SetSlot(slot, address, 0, mapping);
        slots[slot] = null;
        mapping.DangerousRelease();
    }

    protected override bool ReleaseHandle()
    {
        bool closed = Libc.Close((int)handle) == 0;
        foreach (MappingHandle? mapping in slots)
        {
            mapping?.DangerousRelease();
        }

        return closed;
    }

    private void SetSlot(int slot, ulong address, ulong size, MappingHandle mapping)
    {
        kvm_userspace_memory_region region = default;
        region.slot = (uint)slot;
        region.guest_phys_addr = address;
        region.memory_size = size;

        // SAFETY: only the address is taken, no memory is touched. The caller holds a reference to the
        // mapping, and keeps it for as long as the slot exists.
        unsafe
        {
            region.userspace_addr = (ulong)mapping.Pointer;
        }

        KvmException.ThrowIfError(
            Fd.SetUserMemoryRegion(in region), "KVM_SET_USER_MEMORY_REGION", KvmFdKind.Vm);
    }
}
