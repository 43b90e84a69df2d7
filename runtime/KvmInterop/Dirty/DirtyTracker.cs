using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// Tells which pages of a VM were written since the last time it was asked, by the guest or by the host. Made
/// by <see cref="Vm.TrackDirtyPages"/>.
/// </summary>
/// <remarks>
/// <para>The guest's writes come from KVM (<see cref="Method"/>). KVM knows nothing of what the host writes:
/// <see cref="GuestMemory"/> records that itself while there is a tracker, for its write methods and for
/// leases, which count as written as a whole when they end. Who writes to the memory in another way (another
/// process, a device of the kernel's, a pointer of one's own) tells it by
/// <see cref="GuestMemory.MarkWritten"/>, after the write.</para>
/// <para>No write is lost while vCPUs run: a page is protected again before a harvest returns, so that what
/// is written to it after it was copied is in the next harvest. Content that must be of one moment needs
/// vCPUs that are paused. On processors with a buffer of their own (Intel's PML) a ring hears of a page only
/// when the vCPU leaves the guest: pause the vCPUs before the last harvest.</para>
/// <para>Regions with <see cref="GuestMemoryOptions.TracksDirtyPages"/> are followed, also those that are
/// added later, which are dirty as a whole in the next harvest. All members may be called from any
/// thread.</para>
/// </remarks>
public sealed class DirtyTracker : IDisposable
{
    private readonly GuestMemory memory;
    private readonly VmHandle vm;

    // By rising address; a harvest goes on with the array it took.
    private DirtyRegion[] regions = [];
    private bool disposed;

    internal DirtyTracker(GuestMemory memory, VmHandle vm, DirtyTrackingMethod method)
    {
        this.memory = memory;
        this.vm = vm;
        Method = method;
    }

    /// <summary>What is used; never <see cref="DirtyTrackingMethod.Automatic"/>.</summary>
    public DirtyTrackingMethod Method { get; }

    /// <summary>How many harvests there were.</summary>
    internal int Harvests { get; private set; }

    /// <summary>
    /// Takes the pages that were written since the last harvest, or since tracking began, and has KVM watch
    /// them again. Copy them after it.
    /// </summary>
    /// <remarks>
    /// Pages that were only read or executed may be among them: KVM may map those writable at once.
    /// By method: KVM_GET_DIRTY_LOG for each region; then KVM_CLEAR_DIRTY_LOG where pages are dirty; or the
    /// rings of all vCPUs and then KVM_RESET_DIRTY_RINGS. Two threads that harvest get different pages, and
    /// the second ends the first one's view. Adding and removing regions waits meanwhile.
    /// </remarks>
    /// <exception cref="ObjectDisposedException">This object, or the VM's memory, is disposed.</exception>
    /// <exception cref="KvmException">An ioctl failed; no page is forgotten.</exception>
    public DirtyPages Harvest()
    {
        lock (memory.Gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            using Held<VmHandle> held = new(vm);
            Harvests++;
            foreach (DirtyRegion region in regions)
            {
                region.Harvested.Clear();
            }

            try
            {
                TakeAll();
            }
            catch
            {
                PutBackHarvest();
                throw;
            }

            return new DirtyPages(this, regions, Harvests);
        }
    }

    /// <summary>
    /// Makes the last harvest's pages dirty again, for the next harvest: when they could not be saved.
    /// </summary>
    /// <remarks>Pages of regions that are gone by now are forgotten.</remarks>
    /// <exception cref="ObjectDisposedException">This object is disposed.</exception>
    public void PutBack()
    {
        lock (memory.Gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            PutBackHarvest();
        }
    }

    /// <summary>Ends tracking: KVM logs no more, and writes of the host are no more recorded.</summary>
    /// <exception cref="KvmException">KVM_SET_USER_MEMORY_REGION failed; KVM may go on logging, without harm
    /// but for the time that it costs.</exception>
    public void Dispose()
    {
        lock (memory.Gate)
        {
            if (!disposed)
            {
                memory.EndTracking(this);
                disposed = true;
                regions = [];
                Harvests++;
            }
        }
    }

    // What follows is called under the memory's gate.

    /// <summary>Bitmaps for a region that is not yet there.</summary>
    internal static DirtyRegion? Prepare(
        ulong address, ulong size, GuestMemoryOptions options, bool isDirty)
    {
        if (!options.TracksDirtyPages)
        {
            return null;
        }

        if (options.Backing.Storage == GuestMemoryBacking.Kind.GuestMemfd)
        {
            throw new InvalidOperationException(
                $"KVM has no dirty log for guest_memfd, as at 0x{address:x}; give such a region the option "
                + "TracksDirtyPages = false");
        }

        return new DirtyRegion(address, size, isLogged: !options.IsReadOnly, isDirty);
    }

    internal void Follow(DirtyRegion region)
    {
        int position = Array.FindIndex(regions, one => one.Address > region.Address);
        position = position < 0 ? regions.Length : position;
        regions = [.. regions.AsSpan(0, position), region, .. regions.AsSpan(position)];
        vm.DirtyRings?.Set(region.Slot, region);
    }

    internal void Forget(DirtyRegion region)
    {
        regions = Array.FindAll(regions, one => one != region);
        vm.DirtyRings?.Set(region.Slot, null);
    }

    private void TakeAll()
    {
        DirtyRings? rings = vm.DirtyRings;
        if (rings is null || rings.HasBitmap)
        {
            foreach (DirtyRegion region in regions)
            {
                vm.ReadDirtyLog(region, clears: Method == DirtyTrackingMethod.ManualProtect);
            }
        }

        if (rings is not null)
        {
            rings.Collect(vm, regions);
            return;
        }

        foreach (DirtyRegion region in regions)
        {
            region.TakePending();
        }
    }

    private void PutBackHarvest()
    {
        foreach (DirtyRegion region in regions)
        {
            region.PutBack();
        }
    }
}
