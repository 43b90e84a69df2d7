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
    private MappingHandle?[] slots = [];

    internal VmHandle(int fd)
        : base(-1, ownsHandle: true) => SetHandle(fd);

    public override bool IsInvalid => handle < 0;

    internal KvmVmFd Fd => new((int)handle);

    /// <summary>KVM_CAP_NR_MEMSLOTS; 0 before it was asked for.</summary>
    internal int MostSlots { get; set; }

    internal int CheckExtension(KvmCapability capability)
    {
        using Held<VmHandle> held = new(this);
        return KvmException.ThrowIfError(
            Fd.CheckExtension((nuint)capability), "KVM_CHECK_EXTENSION", KvmFdKind.Vm);
    }

    /// <exception cref="NotSupportedException">This VM lacks it.</exception>
    internal int Require(KvmCapability capability)
    {
        int value = CheckExtension(capability);
        return value > 0 ? value : throw Kvm.MissingCapability(capability);
    }

    /// <summary>Makes the mapping visible to the guest. Returns the slot's number.</summary>
    internal int AddSlot(ulong address, MappingHandle mapping, ulong flags)
    {
        using Held<VmHandle> held = new(this);
        if ((flags & KvmApi.KVM_MEM_READONLY) != 0)
        {
            Require(KvmCapability.KVM_CAP_READONLY_MEM);
        }

        int slot = FreeSlot();
        if (slot == slots.Length)
        {
            if (slot > 0)
            {
                // There is one always, and a VM with one region need not ask.
                CheckSlotsLeft(slot);
            }

            Array.Resize(ref slots, slot + 1);
        }

        bool mappingHeld = false;
        try
        {
            mapping.DangerousAddRef(ref mappingHeld);
#if KVM_CREATE_GUEST_MEMFD
            if (mapping.IsGuestMemfd)
            {
                SetGuestMemfdSlot(slot, address, mapping, flags);
            }
            else
#endif
            {
                SetSlot(slot, address, mapping.Size, mapping, flags);
            }

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

    /// <summary>Changes the flags of a slot that is there: the dirty log on or off.</summary>
    internal void ChangeSlot(int slot, ulong address, ulong flags)
    {
        using Held<VmHandle> held = new(this);
        MappingHandle mapping = slots[slot]!;
        SetSlot(slot, address, mapping.Size, mapping, flags);
    }

    /// <summary>Deletes a slot; once KVM has, no vCPU can reach the memory.</summary>
    internal void RemoveSlot(int slot, ulong address)
    {
        using Held<VmHandle> held = new(this);
        MappingHandle mapping = slots[slot]!;
        SetSlot(slot, address, 0, mapping, 0);
        slots[slot] = null;
        mapping.DangerousRelease();
    }

    protected override bool ReleaseHandle()
    {
        DirtyRings?.Release();
        bool closed = Libc.Close((int)handle) == 0;
        foreach (MappingHandle? mapping in slots)
        {
            mapping?.DangerousRelease();
        }

        return closed;
    }

    // By hand: a search by .NET's library makes a comparer first, which a program with one region never needs.
    private int FreeSlot()
    {
        int slot = 0;
        while (slot < slots.Length && slots[slot] is not null)
        {
            slot++;
        }

        return slot;
    }

    private void SetSlot(int slot, ulong address, ulong size, MappingHandle mapping, ulong flags)
    {
        kvm_userspace_memory_region region = default;
        region.slot = (uint)slot;
        region.flags = (uint)flags;
        region.guest_phys_addr = address;
        region.memory_size = size;

        // SAFETY: only the address is taken, no memory is touched. The caller holds a reference to the
        // mapping, and keeps it for as long as the slot exists.
        unsafe
        {
            region.userspace_addr = (ulong)mapping.Pointer;
        }

        KvmException.ThrowIfError(
            Fd.SetUserMemoryRegion(in region), "KVM_SET_USER_MEMORY_REGION", KvmFdKind.Vm,
            $"slot {slot}, 0x{size:x} bytes at 0x{address:x}");
    }

#if KVM_CREATE_GUEST_MEMFD
    private void SetGuestMemfdSlot(int slot, ulong address, MappingHandle mapping, ulong flags)
    {
        kvm_userspace_memory_region2 region = default;
        region.slot = (uint)slot;
        region.flags = (uint)(flags | KvmApi.KVM_MEM_GUEST_MEMFD);
        region.guest_phys_addr = address;
        region.memory_size = mapping.Size;
        region.guest_memfd = (uint)mapping.File!.DangerousGetHandle();

        // SAFETY: as in SetSlot; the file closes with the mapping.
        unsafe
        {
            region.userspace_addr = (ulong)mapping.Pointer;
        }

        KvmException.ThrowIfError(
            Fd.SetUserMemoryRegion2(in region), "KVM_SET_USER_MEMORY_REGION2", KvmFdKind.Vm,
            $"slot {slot}, 0x{region.memory_size:x} bytes of guest_memfd at 0x{address:x}");
    }
#endif

    private void CheckSlotsLeft(int used)
    {
        if (MostSlots == 0)
        {
            MostSlots = CheckExtension(KvmCapability.KVM_CAP_NR_MEMSLOTS);
        }

        if (used >= MostSlots)
        {
            throw new InvalidOperationException(
                $"the VM has all {MostSlots:#,0} memory slots that KVM gives it (KVM_CAP_NR_MEMSLOTS); "
                + "remove a region, or add one in place of several that touch");
        }
    }
}
