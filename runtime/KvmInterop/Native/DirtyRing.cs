namespace KvmInterop.Native;

/// <summary>One vCPU's ring of dirty pages (<c>struct kvm_dirty_gfn</c>), mapped and not owned.</summary>
internal sealed unsafe class DirtyRing(kvm_dirty_gfn* entries, uint count)
{
    private uint next;

    internal uint Count => count;

    internal kvm_dirty_gfn* Entries { get; } = entries;

    /// <summary>Notes the pages of the entries that KVM has filled, in order, and gives them back.</summary>
    /// <remarks>
    /// KVM publishes an entry by a release of its flags, and wants them back the same way (api.rst, 8.29).
    /// </remarks>
    /// <returns>How many there were.</returns>
    internal uint Collect(ReadOnlySpan<DirtyRegion?> bySlot)
    {
        // Each entry once: KVM fills none again before KVM_RESET_DIRTY_RINGS.
        for (uint taken = 0; taken < count; taken++)
        {
            // SAFETY: the index is below the count of a power of two, and the caller holds the VM, which
            // keeps the mapping of that many entries. KVM writes to an entry only while it has neither flag.
            unsafe
            {
                kvm_dirty_gfn* entry = Entries + (next & (count - 1));
                uint flags = Volatile.Read(ref entry->flags);
                if ((flags & KvmApi.KVM_DIRTY_GFN_F_MASK) != KvmApi.KVM_DIRTY_GFN_F_DIRTY)
                {
                    return taken;
                }

                // The upper half of the slot is the address space, of which the memory here has the first.
                uint slot = entry->slot;
                if (slot < (uint)bySlot.Length)
                {
                    bySlot[(int)slot]?.MarkPage(entry->offset);
                }

                Volatile.Write(ref entry->flags, (uint)KvmApi.KVM_DIRTY_GFN_F_RESET);
                next++;
            }
        }

        return count;
    }
}
