using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class Vm
{
    /// <summary>
    /// Begins to note which pages are written (KVM_MEM_LOG_DIRTY_PAGES on the memory slots).
    /// </summary>
    /// <remarks>
    /// vCPUs may be running. A VM has one tracker at a time. What is copied from memory after this call, and
    /// the pages of later harvests, together miss no write.
    /// </remarks>
    /// <param name="method">How; by default the best that this VM has.</param>
    /// <param name="startsDirty">The first harvest reports every page. With
    /// <see cref="DirtyTrackingMethod.ManualProtect"/> beginning is then cheap, because KVM protects no page
    /// before that harvest (KVM_DIRTY_LOG_INITIALLY_SET).</param>
    /// <exception cref="InvalidOperationException">There is a tracker already, a region of guest_memfd is to
    /// be followed, or the method does not go with what <see cref="EnableDirtyRing"/> did or did not
    /// do.</exception>
    /// <exception cref="NotSupportedException">This kernel lacks the method.</exception>
    /// <exception cref="KvmException">An ioctl failed.</exception>
    public DirtyTracker TrackDirtyPages(
        DirtyTrackingMethod method = DirtyTrackingMethod.Automatic, bool startsDirty = false) =>
        Memory.BeginTracking(method, startsDirty);

    /// <summary>
    /// Gives each vCPU to come a ring in which KVM writes the pages it dirties
    /// (KVM_CAP_DIRTY_LOG_RING_ACQ_REL or KVM_CAP_DIRTY_LOG_RING, and KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP
    /// where the kernel writes pages without a vCPU, as on arm64).
    /// </summary>
    /// <remarks>
    /// <para>To be called once, before there are memory and vCPUs. Nothing is written to the rings before
    /// <see cref="TrackDirtyPages"/>. A vCPU whose ring is full exits with KVM_EXIT_DIRTY_RING_FULL: a
    /// <see cref="RunLoop"/> then empties all rings into the tracker's notes and goes on.</para>
    /// <para>A KVM that emulates the guest's instructions can overfill a small ring. Nothing is lost then:
    /// every page counts as dirty from there on, and a vCPU whose ring stays full ends its run.</para>
    /// </remarks>
    /// <param name="entries">Pages that a ring has room for, a power of two. Each takes 16 bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">No power of two, or more than KVM allows.</exception>
    /// <exception cref="InvalidOperationException">The VM has a vCPU, memory, or rings already.</exception>
    /// <exception cref="NotSupportedException">This kernel has no dirty rings.</exception>
    /// <exception cref="KvmException">KVM_ENABLE_CAP failed; the rings may be too small for this
    /// processor.</exception>
    public void EnableDirtyRing(int entries = 4096)
    {
        using Held<VmHandle> held = new(handle);
        lock (Memory.Gate)
        {
            if (handle.HasVcpus || Memory.Regions.Count != 0 || handle.DirtyRings is not null)
            {
                throw new InvalidOperationException(
                    "dirty rings are enabled once, before the VM has vCPUs and memory; do it first of all");
            }

            handle.EnableDirtyRings(entries);
        }
    }
}
