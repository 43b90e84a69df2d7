namespace KvmInterop.Native;

/// <summary>
/// A view of the ring of writes that KVM keeps back (<c>struct kvm_coalesced_mmio_ring</c>): one page of each
/// vCPU's mapping, the same page for all of a VM's.
/// </summary>
/// <remarks>
/// The kernel writes at <c>last</c>, under a lock of its own. Who reads moves <c>first</c>; only one may at a
/// time.
/// </remarks>
internal readonly unsafe ref struct CoalescedRing
{
    private readonly kvm_coalesced_mmio_ring* ring;
    private readonly uint capacity;

    /// <param name="vcpu">To which the caller holds a reference for as long as this view lives.</param>
    /// <param name="offset">Of the ring in its mapping; the page that begins there lies inside.</param>
    internal CoalescedRing(VcpuHandle vcpu, int offset)
    {
        // KVM_COALESCED_MMIO_MAX, whose macro needs the kernel's PAGE_SIZE.
        capacity = (uint)((Environment.SystemPageSize - sizeof(kvm_coalesced_mmio_ring))
            / sizeof(kvm_coalesced_mmio));

        // SAFETY: the mapping belongs to the vCPU's handle, which the caller holds; the whole page was
        // checked against the mapping's size when the VM began to coalesce.
        unsafe
        {
            ring = (kvm_coalesced_mmio_ring*)(vcpu.Run + offset);
        }
    }

    internal bool IsEmpty
    {
        get
        {
            // SAFETY: as in the constructor.
            unsafe
            {
                return Volatile.Read(ref ring->first) == Volatile.Read(ref ring->last);
            }
        }
    }

    /// <summary>How many writes are in it now.</summary>
    internal uint Count
    {
        get
        {
            // SAFETY: as in the constructor.
            unsafe
            {
                uint first = Checked(Volatile.Read(ref ring->first));
                uint last = Checked(Volatile.Read(ref ring->last));
                return last >= first ? last - first : last + capacity - first;
            }
        }
    }

    /// <summary>A copy of the oldest write; only where there is one.</summary>
    internal kvm_coalesced_mmio First
    {
        get
        {
            // SAFETY: as in the constructor; the index was checked against what fits into the page.
            unsafe
            {
                return ((kvm_coalesced_mmio*)(ring + 1))[Checked(Volatile.Read(ref ring->first))];
            }
        }
    }

    /// <summary>Gives the oldest write's place back to the kernel.</summary>
    internal void RemoveFirst()
    {
        // SAFETY: as in the constructor.
        unsafe
        {
            Volatile.Write(ref ring->first, (Checked(ring->first) + 1) % capacity);
        }
    }

    private uint Checked(uint index) => index < capacity
        ? index
        : throw new InvalidDataException(
            $"KVM's ring of coalesced writes has {capacity} places, and {index} is named as one");
}
