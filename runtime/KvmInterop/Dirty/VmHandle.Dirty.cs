namespace KvmInterop.Native;

internal sealed partial class VmHandle
{
    // Pages that are cleared by one ioctl, which holds the VM's locks: 256 MiB of pages of 4 KiB.
    private const int ClearWords = 1024;

    /// <summary>The rings of the vCPUs, if they have any.</summary>
    internal DirtyRings? DirtyRings { get; private set; }

    /// <summary>Whether a vCPU was made.</summary>
    internal bool HasVcpus { get; set; }

    internal void EnableDirtyRings(int entries)
    {
        KvmCapability capability = KvmCapability.KVM_CAP_DIRTY_LOG_RING_ACQ_REL;
        int most = CheckExtension(capability);
        if (most == 0)
        {
            // The older name of the same, on x86.
            capability = KvmCapability.KVM_CAP_DIRTY_LOG_RING;
            most = Require(capability);
        }

        if (DirtyRings.FirstPage == 0)
        {
            throw new NotSupportedException(
                "the headers of this build do not say where this architecture has dirty rings; build against "
                + "newer ones");
        }

        int size = DirtyRings.BytesFor(entries, most);
        EnableCapability(capability, (ulong)size);
        bool hasBitmap = false;
#if KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP
        hasBitmap = CheckExtension(KvmCapability.KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP) > 0;
        if (hasBitmap)
        {
            EnableCapability(KvmCapability.KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP, 0);
        }
#endif
        DirtyRings = new DirtyRings(size, hasBitmap);
    }

    /// <summary>Chooses a method, and sets KVM to it. Returns what it is.</summary>
    internal DirtyTrackingMethod PrepareDirtyLog(DirtyTrackingMethod wanted, bool startsDirty)
    {
        ulong manual = (ulong)CheckExtension(KvmCapability.KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2);
        DirtyTrackingMethod method = wanted != DirtyTrackingMethod.Automatic ? wanted
            : DirtyRings is not null ? DirtyTrackingMethod.Ring
            : (manual & KvmApi.KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE) != 0 ? DirtyTrackingMethod.ManualProtect
            : DirtyTrackingMethod.Log;
        if (method == DirtyTrackingMethod.Ring != (DirtyRings is not null))
        {
            throw new InvalidOperationException(
                DirtyRings is null
                    ? "this VM has no dirty rings; call EnableDirtyRing before it has vCPUs and memory"
                    : "this VM has dirty rings, and with them no other method");
        }

        if (method == DirtyTrackingMethod.ManualProtect)
        {
            ulong flags = KvmApi.KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE
                | (startsDirty ? (ulong)KvmApi.KVM_DIRTY_LOG_INITIALLY_SET : 0);
            Require(KvmCapability.KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2);
            EnableCapability(KvmCapability.KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, flags & manual);
        }

        return method;
    }

    /// <summary>Sets KVM back, after the last slot's log was switched off.</summary>
    internal void EndDirtyLog(DirtyTrackingMethod method)
    {
        if (method == DirtyTrackingMethod.ManualProtect)
        {
            EnableCapability(KvmCapability.KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, 0);
        }

        // A ring that was left full would stop its vCPU.
        DirtyRings?.Collect(this);
    }

    /// <summary>
    /// Reads a slot's log, if it has one, into the region's harvest, and has KVM protect its pages again.
    /// </summary>
    internal unsafe void ReadDirtyLog(DirtyRegion region, bool clears)
    {
        if (!region.IsLogged)
        {
            return;
        }

        Span<ulong> bitmap = region.Harvested;

        // SAFETY: the kernel writes a bit for each page of the slot, in whole 64-bit words (api.rst, 4.8),
        // and reads as many (4.117); the region's bitmap has exactly those, and is pinned meanwhile.
        fixed (ulong* words = bitmap)
        {
            kvm_dirty_log log = new() { slot = (uint)region.Slot, dirty_bitmap = words };
            if (Fd.GetDirtyLog(ref log) < 0)
            {
                KvmException.ThrowForLastError("KVM_GET_DIRTY_LOG", KvmFdKind.Vm, $"slot {region.Slot}");
            }

            for (int word = 0; clears && word < bitmap.Length; word += ClearWords)
            {
                int count = Math.Min(ClearWords, bitmap.Length - word);
                if (bitmap.Slice(word, count).ContainsAnyExcept(0UL))
                {
                    ClearDirtyLog(region, words + word, word, count);
                }
            }
        }
    }

    // SAFETY: a part of ReadDirtyLog, whose pinned bitmap the words lie in.
    private unsafe void ClearDirtyLog(DirtyRegion region, ulong* words, int first, int count)
    {
        if (KvmHost.Architecture
            is not (KvmArchitecture.X64 or KvmArchitecture.Arm64 or KvmArchitecture.RiscV64))
        {
            throw Kvm.MissingCapability(KvmCapability.KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2);
        }

        long firstPage = (long)first * DirtyBitmap.WordBits;
        kvm_clear_dirty_log log = new()
        {
            slot = (uint)region.Slot,
            first_page = (ulong)firstPage,
            num_pages = (uint)Math.Min((long)count * DirtyBitmap.WordBits, region.Pages - firstPage),
            dirty_bitmap = words,
        };
        if (Fd.ClearDirtyLog(in log) < 0)
        {
            KvmException.ThrowForLastError("KVM_CLEAR_DIRTY_LOG", KvmFdKind.Vm, $"slot {region.Slot}");
        }
    }

    private void EnableCapability(KvmCapability capability, ulong argument)
    {
        kvm_enable_cap request = new() { cap = (uint)capability };
        request.args[0] = argument;
        KvmException.ThrowIfError(
            Fd.EnableCap(in request), "KVM_ENABLE_CAP", KvmFdKind.Vm,
            $"{KvmNames.Capability((int)capability)}, {argument}");
    }
}
