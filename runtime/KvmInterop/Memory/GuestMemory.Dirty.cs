using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class GuestMemory
{
    private DirtyTracker? tracker;

    internal Lock Gate => gate;

    /// <summary>
    /// Says that these bytes were written otherwise than through this object, so that a
    /// <see cref="DirtyTracker"/> counts their pages. To be called after the write.
    /// </summary>
    /// <remarks>Without a tracker it does nothing but check the addresses.</remarks>
    /// <exception cref="GuestMemoryException">Not all of it is memory.</exception>
    public void MarkWritten(ulong address, ulong length)
    {
        GuestMemoryRegion[] snapshot = regions;
        if (!Covers(snapshot, address, length, out int index))
        {
            ThrowNotMemory(address, length);
        }

        for (; length > 0; index++)
        {
            GuestMemoryRegion region = snapshot[index];
            ulong offset = address - region.Address;
            ulong part = Math.Min(length, region.Size - offset);
            region.Dirty?.Mark(offset, part);
            address += part;
            length -= part;
        }
    }

    internal DirtyTracker BeginTracking(DirtyTrackingMethod method, bool startsDirty)
    {
        VmHandle owner = vm!;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (tracker is not null)
            {
                throw new InvalidOperationException(
                    "the VM's dirty pages are tracked already; dispose the tracker that is there first");
            }

            using Held<VmHandle> held = new(owner);
            DirtyRegion?[] prepared = Array.ConvertAll(
                regions, one => DirtyTracker.Prepare(one.Address, one.Size, one.Options, startsDirty));
            method = owner.PrepareDirtyLog(method, startsDirty);
            tracker = new DirtyTracker(this, owner, method);
            try
            {
                foreach ((GuestMemoryRegion region, DirtyRegion? dirty) in regions.Zip(prepared))
                {
                    Follow(region, dirty);
                    if (dirty is { IsLogged: true })
                    {
                        owner.ChangeSlot(region.Slot, region.Address, KvmApi.KVM_MEM_LOG_DIRTY_PAGES);
                    }
                }
            }
            catch
            {
                EndTracking(tracker);
                throw;
            }

            // A thread that writes looks at the region's Dirty after its store, without a fence. This one for
            // all threads puts each such pair before it, so that the store is seen by who copies memory from
            // now on, or behind it, so that the look finds the bitmap.
            Interlocked.MemoryBarrierProcessWide();
            return tracker;
        }
    }

    internal void EndTracking(DirtyTracker ending)
    {
        if (tracker != ending)
        {
            return;
        }

        tracker = null;
        using Held<VmHandle> held = new(vm!);
        foreach (GuestMemoryRegion region in regions)
        {
            if (region.Dirty is DirtyRegion dirty)
            {
                region.Dirty = null;
                ending.Forget(dirty);
                if (dirty.IsLogged)
                {
                    vm!.ChangeSlot(region.Slot, region.Address, 0);
                }
            }
        }

        vm!.EndDirtyLog(ending.Method);
    }

    private void Follow(GuestMemoryRegion region, DirtyRegion? dirty)
    {
        if (dirty is null)
        {
            return;
        }

        dirty.Slot = region.Slot;
        region.Dirty = dirty;
        tracker!.Follow(dirty);
    }
}
