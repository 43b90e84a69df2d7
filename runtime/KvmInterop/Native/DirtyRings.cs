using System.Numerics;
using System.Runtime.InteropServices;

namespace KvmInterop.Native;

/// <summary>The rings of a VM's vCPUs, into which KVM writes the pages that they dirty.</summary>
/// <remarks>
/// A ring stays mapped as long as its VM is there, and not its vCPU: what a closed vCPU has written must
/// still be harvested.
/// </remarks>
internal sealed unsafe partial class DirtyRings(int size, bool hasBitmap)
{
    private const int MostFruitlessTries = 100;

    private readonly Lock gate = new();
    private readonly List<DirtyRing> rings = [];

    // Index = slot number. Changed under GuestMemory's lock, never in place.
    private volatile DirtyRegion?[] regions = [];

    // A vCPU leaves the guest before its ring is full (api.rst, 8.29), except where KVM emulates many
    // instructions in one go: entries are overwritten then. From there on every page counts as dirty.
    private bool isOverrun;

    /// <summary>
    /// Whether KVM keeps a bitmap as well, for writes of the kernel that belong to no vCPU.
    /// </summary>
    internal bool HasBitmap { get; } = hasBitmap;

    // KVM_DIRTY_LOG_PAGE_OFFSET is asm/kvm.h's: each architecture gives its own.
    internal static int FirstPage
    {
        get
        {
            int page = 0;
            SetX64Page(ref page);
            SetArm64Page(ref page);
            SetRiscV64Page(ref page);
            return page;
        }
    }

    /// <summary>Bytes of a ring, checked.</summary>
    internal static int BytesFor(int entries, int mostBytes)
    {
        int most = mostBytes / sizeof(kvm_dirty_gfn);
        int least = Environment.SystemPageSize / sizeof(kvm_dirty_gfn);
        if (!BitOperations.IsPow2(entries) || entries > most || entries < least)
        {
            throw new ArgumentOutOfRangeException(
                nameof(entries), entries, $"a dirty ring has a power of two of entries, {least} to {most}");
        }

        return entries * sizeof(kvm_dirty_gfn);
    }

    /// <summary>Maps the ring of a new vCPU.</summary>
    internal void Map(int vcpu, uint id)
    {
        nint offset = (nint)FirstPage * Environment.SystemPageSize;

        // SAFETY: a new mapping at an address of the kernel's choice touches no memory of ours. This object
        // owns it and gives it back once, when the VM is closed.
        unsafe
        {
            void* ring = Libc.Map(
                null, (nuint)size, Libc.ProtectRead | Libc.ProtectWrite, Libc.MapShared, vcpu, offset);
            if (ring == Libc.MapFailed)
            {
                KvmException.ThrowForLastError("mmap", KvmFdKind.Vcpu, $"dirty ring of vCPU {id}");
            }

            lock (gate)
            {
                rings.Add(new DirtyRing((kvm_dirty_gfn*)ring, (uint)(size / sizeof(kvm_dirty_gfn))));
            }
        }
    }

    /// <summary>Says where the pages of a slot are noted; null: nowhere.</summary>
    internal void Set(int slot, DirtyRegion? region)
    {
        DirtyRegion?[] changed = new DirtyRegion?[Math.Max(regions.Length, slot + 1)];
        regions.CopyTo(changed, 0);
        changed[slot] = region;
        regions = changed;
    }

    /// <summary>
    /// Takes all entries, notes their pages, and lets KVM protect these again and reuse the entries. For any
    /// thread, while vCPUs run.
    /// </summary>
    /// <remarks>
    /// In this order, so that a write after the protection makes a new entry (api.rst, 8.29). The notes are
    /// harvested under the same lock: between note and protection a page that is copied could still be
    /// written unseen.
    /// </remarks>
    /// <returns>False where KVM has overfilled a ring, which now stays full.</returns>
    internal bool Collect(VmHandle vm, ReadOnlySpan<DirtyRegion> harvested = default)
    {
        using Held<VmHandle> held = new(vm);
        lock (gate)
        {
            long taken = 0;
            foreach (DirtyRing ring in rings)
            {
                uint entries = ring.Collect(regions);
                taken += entries;
                isOverrun |= entries == ring.Count;
            }

            isOverrun |= Reset(vm, taken) != taken;
            foreach (DirtyRegion? region in isOverrun ? regions : [])
            {
                region?.MarkAll();
            }

            foreach (DirtyRegion region in harvested)
            {
                region.TakePending();
            }

            return taken > 0 || !isOverrun;
        }
    }

    /// <summary>Unmaps them. For the VM's handle, which nobody uses any more.</summary>
    internal void Release()
    {
        foreach (DirtyRing ring in rings)
        {
            // SAFETY: the mapping was made by Map, and the handle that calls this once has no users left.
            unsafe
            {
                _ = Libc.Unmap(ring.Entries, (nuint)size);
            }
        }
    }

    private static long Reset(VmHandle vm, long taken)
    {
        if (KvmHost.Architecture
            is not (KvmArchitecture.X64 or KvmArchitecture.Arm64 or KvmArchitecture.RiscV64))
        {
            throw Kvm.MissingCapability(KvmCapability.KVM_CAP_DIRTY_LOG_RING_ACQ_REL);
        }

        // A signal ends the ioctl early, with what was done until then: maybe nothing.
        long done = 0;
        for (int tries = 0; done < taken && tries < MostFruitlessTries; tries++)
        {
            int result = vm.Fd.ResetDirtyRings();
            if (result < 0 && Marshal.GetLastPInvokeError() != Errno.EINTR)
            {
                KvmException.ThrowForLastError("KVM_RESET_DIRTY_RINGS", KvmFdKind.Vm);
            }

            done += Math.Max(result, 0);
            tries = result > 0 ? -1 : tries;
        }

        return done;
    }

    static partial void SetX64Page(ref int page);

    static partial void SetArm64Page(ref int page);

    static partial void SetRiscV64Page(ref int page);
}
