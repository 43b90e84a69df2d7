using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// Guest-physical memory: regions of this process's memory, read and written by the address at which the
/// guest sees them. Every access is checked; none reaches past a region's end or over a hole.
/// </summary>
/// <remarks>
/// A VM has one (<see cref="Vm.Memory"/>), whose regions are memory slots of the VM
/// (KVM_SET_USER_MEMORY_REGION). Made by itself it has no VM behind it, which is what tests of devices and
/// loaders need. All members may be called from any thread, also while vCPUs run; what the guest writes at
/// the same moment is seen or not seen, as with memory of any two processors.
/// </remarks>
public sealed partial class GuestMemory : IDisposable
{
    private readonly Lock gate = new();
    private readonly VmHandle? vm;

    // Sorted by address, never changed in place: readers take the array once and need no lock.
    private volatile GuestMemoryRegion[] regions = [];
    private volatile bool disposed;

    /// <summary>Memory that belongs to no VM.</summary>
    public GuestMemory()
    {
    }

    internal GuestMemory(VmHandle vm) => this.vm = vm;

    /// <summary>The regions, by rising address: a snapshot, which later changes do not touch.</summary>
    public IReadOnlyList<GuestMemoryRegion> Regions => Array.AsReadOnly(regions);

    /// <summary>Adds zeroed memory at guest-physical <paramref name="address"/>.</summary>
    /// <remarks>
    /// Anonymous, private, without reserved swap: a page costs nothing until guest or host touches it. With a
    /// VM it becomes a memory slot by KVM_SET_USER_MEMORY_REGION; vCPUs may be running.
    /// </remarks>
    /// <param name="address">A multiple of the host's page size.</param>
    /// <param name="size">Bytes, a multiple of the host's page size; more than 2 GiB are fine.</param>
    /// <exception cref="ArgumentException">Not whole pages, empty, or beyond the end of the
    /// addresses.</exception>
    /// <exception cref="InvalidOperationException">It overlaps a region that is there.</exception>
    /// <exception cref="KvmException">mmap or KVM_SET_USER_MEMORY_REGION failed.</exception>
    public GuestMemoryRegion Add(ulong address, ulong size)
    {
        CheckRange(address, size);
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            GuestMemoryRegion[] old = regions;
            int position = PositionFor(old, address, size);
            MappingHandle mapping = MappingHandle.Allocate(size);
            try
            {
                int slot = vm is null ? -1 : vm.AddSlot(address, mapping);
                GuestMemoryRegion region = new(address, mapping, slot);
                regions = [.. old.AsSpan(0, position), region, .. old.AsSpan(position)];
                return region;
            }
            catch
            {
                mapping.Dispose();
                throw;
            }
        }
    }

    /// <summary>
    /// Takes a region away. Accesses to its addresses fail from here on; with a VM its slot is deleted.
    /// </summary>
    /// <remarks>
    /// KVM_SET_USER_MEMORY_REGION with size 0 returns when no vCPU uses the slot any more; the memory itself
    /// is unmapped when the last lease of it ends.
    /// </remarks>
    /// <exception cref="ArgumentException">The region is not (or no longer) one of this memory.</exception>
    /// <exception cref="KvmException">KVM_SET_USER_MEMORY_REGION failed; the region stays.</exception>
    public void Remove(GuestMemoryRegion region)
    {
        ArgumentNullException.ThrowIfNull(region);
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            GuestMemoryRegion[] old = regions;
            int position = Array.IndexOf(old, region);
            if (position < 0)
            {
                throw new ArgumentException(
                    $"the region {region} is not part of this memory", nameof(region));
            }

            vm?.RemoveSlot(region.Slot, region.Address);
            regions = [.. old.AsSpan(0, position), .. old.AsSpan(position + 1)];
            region.Mapping.Dispose();
        }
    }

    /// <summary>
    /// Ends the host's access. The memory itself goes when nothing uses it: no lease, and no VM with vCPUs
    /// that could still run on it.
    /// </summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (disposed)
            {
                return;
            }

            disposed = true;
            foreach (GuestMemoryRegion region in regions)
            {
                region.Mapping.Dispose();
            }

            regions = [];
        }
    }

    private static void CheckRange(ulong address, ulong size)
    {
        ulong page = (ulong)Environment.SystemPageSize;
        if (size == 0 || size % page != 0 || size > long.MaxValue)
        {
            throw new ArgumentException(
                $"a region of guest memory is a whole number of pages of {page} bytes, not {size:#,0} bytes",
                nameof(size));
        }

        if (address % page != 0)
        {
            throw new ArgumentException(
                $"a region of guest memory starts at a multiple of {page}, not at 0x{address:x}",
                nameof(address));
        }

        if (address > ulong.MaxValue - (size - 1))
        {
            throw new ArgumentException(
                $"0x{size:x} bytes from 0x{address:x} go beyond the last 64-bit address", nameof(size));
        }
    }

    private static int PositionFor(GuestMemoryRegion[] regions, ulong address, ulong size)
    {
        ulong last = address + (size - 1);
        int position = 0;
        while (position < regions.Length && regions[position].LastAddress < address)
        {
            position++;
        }

        if (position < regions.Length && regions[position].Address <= last)
        {
            throw new InvalidOperationException(
                $"guest memory 0x{address:x}-0x{last:x} overlaps the region {regions[position]} "
                + "that is there");
        }

        return position;
    }
}
