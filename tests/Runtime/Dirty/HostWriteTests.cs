namespace KvmInterop.Tests.Runtime.Dirty;

/// <summary>What the host writes while it is tracked, which KVM does not know.</summary>
public sealed class HostWriteTests : IDisposable
{
    // Whole pages on every machine.
    private const ulong Page = 0x10000;

    private readonly Kvm kvm;
    private readonly Vm vm;

    public HostWriteTests()
    {
        Requires.Kvm();
        kvm = Kvm.Open();
        vm = kvm.CreateVm();
        vm.AddMemory(0, 16 * Page);
        vm.AddMemory(16 * Page, 16 * Page);
        vm.AddMemory(64 * Page, 16 * Page, new() { TracksDirtyPages = false });
    }

    public void Dispose()
    {
        vm.Dispose();
        kvm.Dispose();
    }

    [SkippableFact]
    public void EveryWayToWrite_isRecorded()
    {
        using DirtyTracker tracker = vm.TrackDirtyPages();
        GuestMemory memory = vm.Memory;

        Assert.Equal([0UL], Dirty(tracker, () => memory.Write(0, 1)));
        Assert.Equal([3UL], Dirty(tracker, () => memory.Write(3 * Page, new byte[8])));
        Assert.Equal([15, 16UL], Dirty(tracker, () => memory.Write((16 * Page) - 1, (ushort)1)));
        Assert.Equal([14, 15, 16UL], Dirty(tracker, () => memory.Fill(14 * Page, (2 * Page) + 1, 7)));
        Assert.Equal([2, 3UL], Dirty(tracker, () => memory.Lease((3 * Page) - 1, 2).Dispose()));
        Assert.Equal([5UL], Dirty(tracker, () => memory.MarkWritten(6 * Page - 1, 1)));
        Assert.Equal(
            Enumerable.Range(0, 32).Select(page => (ulong)page),
            Dirty(tracker, () => memory.MarkWritten(0, 32 * Page)));
    }

    [SkippableFact]
    public void Reading_andNotFollowedRegions_areNotRecorded()
    {
        using DirtyTracker tracker = vm.TrackDirtyPages();
        GuestMemory memory = vm.Memory;

        Assert.Empty(Dirty(tracker, () =>
        {
            memory.Read<int>(0);
            memory.Read(8, new byte[9]);
            memory.LeaseForReading(Page, 8).Dispose();
            memory.MarkWritten(Page, 0);
            memory.Write(64 * Page, 1);
        }));
        Assert.Throws<GuestMemoryException>(() => memory.MarkWritten(31 * Page, 2 * Page));
    }

    [SkippableFact]
    public void Lease_heldOverAHarvest_isInTheNext()
    {
        using DirtyTracker tracker = vm.TrackDirtyPages();

        GuestMemoryLease lease = vm.Memory.Lease(Page, 1);
        Assert.Empty(tracker.Harvest().ToArray());
        lease.Span[0] = 1;
        lease.Dispose();

        Assert.Equal([new(Page, (ulong)Environment.SystemPageSize)], tracker.Harvest().ToArray());
    }

    [SkippableFact]
    public void PutBack_afterAHarvest_givesItsPagesAgain()
    {
        using DirtyTracker tracker = vm.TrackDirtyPages();
        vm.Memory.Write(Page, 1);
        GuestPageRange[] first = tracker.Harvest().ToArray();

        tracker.PutBack();
        vm.Memory.Write(4 * Page, 1);

        Assert.Equal([.. first, new(4 * Page, first[0].Size)], tracker.Harvest().ToArray());
    }

    [SkippableFact]
    public void Writes_ofManyThreadsDuringHarvests_areInTheCopyInTheEnd()
    {
        using DirtyTracker tracker = vm.TrackDirtyPages();
        byte[] copy = new byte[32 * Page];
        int running = 2;
        Thread[] writers =
        [
            .. Enumerable.Range(0, 2).Select(number => new Thread(() =>
            {
                Random random = new(number);
                for (int i = 1; i < 50_000; i++)
                {
                    vm.Memory.Write(
                        (ulong)random.Next(4 * (int)Page) + ((ulong)number * 20 * Page), (byte)i);
                }

                Interlocked.Decrement(ref running);
            })),
        ];
        Array.ForEach(writers, writer => writer.Start());

        while (Volatile.Read(ref running) > 0)
        {
            Copy(tracker.Harvest());
        }

        Copy(tracker.Harvest());
        Array.ForEach(writers, writer => writer.Join());
        byte[] memory = new byte[32 * Page];
        vm.Memory.Read(0, memory);
        Assert.True(memory.AsSpan().SequenceEqual(copy));

        void Copy(DirtyPages pages)
        {
            foreach (GuestPageRange range in pages)
            {
                vm.Memory.Read(range.Address, copy.AsSpan((int)range.Address, (int)range.Size));
            }
        }
    }

    [SkippableFact]
    public void Tracking_guestMemfd_isRefused()
    {
        Skip.If(
            vm.CheckExtension(Native.KvmCapability.KVM_CAP_GUEST_MEMFD) == 0, "needs guest_memfd");
        vm.AddMemory(128 * Page, Page, new() { Backing = GuestMemoryBacking.GuestMemfd });

        Exception e = Assert.Throws<InvalidOperationException>(() => vm.TrackDirtyPages());

        Assert.Contains("TracksDirtyPages = false", e.Message, StringComparison.Ordinal);
        vm.Memory.Remove(vm.Memory.Regions[^1]);
        vm.TrackDirtyPages().Dispose();
    }

    [SkippableFact]
    public void EnableDirtyRing_withMemory_isRefused()
    {
        Exception e = Assert.Throws<InvalidOperationException>(() => vm.EnableDirtyRing());

        Assert.Contains("before the VM has vCPUs and memory", e.Message, StringComparison.Ordinal);
        using Vm other = kvm.CreateVm();
        Assert.Throws<InvalidOperationException>(() => other.TrackDirtyPages(DirtyTrackingMethod.Ring));
        Assert.ThrowsAny<Exception>(() => other.EnableDirtyRing(1000));
    }

    [SkippableFact]
    public void Harvest_withoutRanges_allocatesNothing()
    {
        using DirtyTracker tracker = vm.TrackDirtyPages();
        ulong bytes = Harvest();
        long before = GC.GetAllocatedBytesForCurrentThread();

        for (int i = 0; i < 10; i++)
        {
            bytes += Harvest();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(11UL * 2 * (ulong)Environment.SystemPageSize, bytes);

        ulong Harvest()
        {
            vm.Memory.Write(Page, 1);
            vm.Memory.Write(17 * Page, 1);
            ulong sum = 0;
            foreach (GuestPageRange range in tracker.Harvest())
            {
                sum += range.Size;
            }

            return sum;
        }
    }

    private static ulong[] Dirty(DirtyTracker tracker, Action write)
    {
        tracker.Harvest();
        write();
        HashSet<ulong> pages = [];
        foreach (GuestPageRange range in tracker.Harvest())
        {
            for (ulong address = range.Address; address < range.Address + range.Size; address += 0x1000)
            {
                pages.Add(address / Page);
            }
        }

        return [.. pages.Order()];
    }
}
