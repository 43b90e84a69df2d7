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
    // A slot's pages are counted in 31 bits (virt/kvm/kvm_main.c, KVM_MEM_MAX_NR_PAGES).
    private const ulong MostPages = int.MaxValue;

    private static readonly GuestMemoryOptions DefaultOptions = new();

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

    /// <summary>Adds memory at guest-physical <paramref name="address"/>.</summary>
    /// <remarks>
    /// With a VM it becomes a memory slot by KVM_SET_USER_MEMORY_REGION (KVM_SET_USER_MEMORY_REGION2 for
    /// guest_memfd); vCPUs may be running.
    /// </remarks>
    /// <param name="address">A multiple of the host's page size.</param>
    /// <param name="size">Bytes, a multiple of the host's page size. More than 2 GiB are fine; with a
    /// VM at most 2^31 - 1 pages.</param>
    /// <param name="options">What it is made of. Null: anonymous, private, without reserved swap, so that a
    /// page costs nothing until guest or host touches it.</param>
    /// <exception cref="ArgumentException">Not whole pages, empty, beyond the end of the addresses, not
    /// aligned to the huge pages, or a file that is too short or no file.</exception>
    /// <exception cref="InvalidOperationException">It overlaps a region that is there; the VM has all its
    /// memory slots; required huge pages cannot be had; or guest_memfd without a VM.</exception>
    /// <exception cref="NotSupportedException">The kernel lacks what the options ask for.</exception>
    /// <exception cref="IOException">A file cannot be opened.</exception>
    /// <exception cref="KvmException">mmap, another call for memory, or KVM_SET_USER_MEMORY_REGION
    /// failed.</exception>
    public GuestMemoryRegion Add(ulong address, ulong size, GuestMemoryOptions? options = null)
    {
        options ??= DefaultOptions;
        CheckRange(address, size);
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            GuestMemoryRegion[] old = regions;
            int position = PositionFor(old, address, size);
            DirtyRegion? dirty =
                tracker is null ? null : DirtyTracker.Prepare(address, size, options, isDirty: true);
            MappingHandle mapping = GuestMapping.Create(address, size, options, vm);
            try
            {
                ulong flags = (options.IsReadOnly ? KvmApi.KVM_MEM_READONLY : 0)
                    | (dirty is { IsLogged: true } ? KvmApi.KVM_MEM_LOG_DIRTY_PAGES : 0);
                int slot = vm?.AddSlot(address, mapping, flags) ?? -1;
                GuestMemoryRegion region = new(address, mapping, slot, options);
                Follow(region, dirty);
                regions = WithAt(old, position, region);
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
            if (region.Dirty is DirtyRegion dirty)
            {
                region.Dirty = null;
                tracker!.Forget(dirty);
            }

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
            tracker = null;
            foreach (GuestMemoryRegion region in regions)
            {
                region.Mapping.Dispose();
            }

            regions = [];
        }
    }

    private void CheckRange(ulong address, ulong size)
    {
        ulong page = (ulong)Environment.SystemPageSize;
        if (size == 0 || size % page != 0 || size > long.MaxValue)
        {
            throw new ArgumentException(
                $"a region of guest memory is a whole number of pages of {page} bytes, not {size:#,0} bytes",
                nameof(size));
        }

        if (vm is not null && size / page > MostPages)
        {
            throw new ArgumentException(
                $"a memory slot has at most {MostPages:#,0} pages of {page} bytes; add two regions that "
                + "touch, which are read and written as one",
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

    // By hand: the pieces would be spans, for which a program without any other loads System.Memory.
    private static GuestMemoryRegion[] WithAt(GuestMemoryRegion[] old, int position, GuestMemoryRegion region)
    {
        GuestMemoryRegion[] changed = new GuestMemoryRegion[old.Length + 1];
        Array.Copy(old, changed, position);
        changed[position] = region;
        Array.Copy(old, position, changed, position + 1, old.Length - position);
        return changed;
    }

    private static int PositionFor(GuestMemoryRegion[] regions, ulong address, ulong size)
    {
        ulong last = address + (size - 1);
        int position = FirstAtOrAfter(regions, address);
        if (position < regions.Length && regions[position].Address <= last)
        {
            throw new InvalidOperationException(
                $"guest memory 0x{address:x}-0x{last:x} overlaps the region {regions[position]} "
                + "that is there");
        }

        return position;
    }
}
