using KvmInterop.Tests.Runtime.Machines;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Dirty;

/// <summary>What a guest writes, on the real KVM, with each method.</summary>
public class DirtyTrackerTests
{
    private const ulong Ram = 0x40_0000;
    private const int Page = 0x1000;

    public static TheoryData<DirtyTrackingMethod> Methods =>
        [DirtyTrackingMethod.Log, DirtyTrackingMethod.ManualProtect, DirtyTrackingMethod.Ring];

    [SkippableTheory]
    [MemberData(nameof(Methods))]
    public void Harvest_afterGuestWrites_hasExactlyThesePages(DirtyTrackingMethod method)
    {
        using GuestMachine machine = Machine(method, 4 << 20, guest =>
        {
            guest.mov(__byte_ptr[(long)Ram], 1);
            guest.mov(__byte_ptr[(long)Ram + (3 * Page)], 1);
            guest.mov(__byte_ptr[(long)Ram + (4 * Page) + 17], 1);
            guest.mov(__qword_ptr[(long)Ram + (9 * Page) - 4], 1);
            guest.mov(al, __byte_ptr[(long)Ram + (6 * Page)]);
            guest.mov(__byte_ptr[0x4000], al);
            guest.hlt();
        });
        using DirtyTracker tracker = machine.Vm.TrackDirtyPages(method);

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        Assert.Equal(method, tracker.Method);
        DirtyPages pages = tracker.Harvest();
        Assert.Equal(pages.ToArray().Sum(range => (long)range.Size), (long)pages.Size);
        Assert.Equal(
            [
                new(0x4000, Page), new(Ram, Page), new(Ram + (3 * Page), 2 * Page),
                new(Ram + (8 * Page), 2 * Page),
            ],
            WithoutPageTables(pages, read: Ram + (6 * Page)));
        Assert.Empty(tracker.Harvest().ToArray());
        Assert.Throws<InvalidOperationException>(() => pages.ToArray());
    }

    [SkippableTheory]
    [MemberData(nameof(Methods))]
    public void Harvest_whileTheGuestWrites_losesNothing(DirtyTrackingMethod method)
    {
        // The guest counts in a word of each of 8 pages, round after round. A copy that is brought up to date
        // after each harvest, with the guest running, must in the end be the memory.
        const int Pages = 8;
        using GuestMachine machine = Machine(method, 2 << 20, guest =>
        {
            Iced.Intel.Label again = guest.CreateLabel();
            guest.Label(ref again);
            guest.inc(rcx);
            for (int page = 0; page < Pages; page++)
            {
                guest.mov(__qword_ptr[(long)Ram + (page * 5 * Page) + 8], rcx);
            }

            guest.jmp(again);
        });
        using DirtyTracker tracker = machine.Vm.TrackDirtyPages(method);
        byte[] copy = new byte[2 << 20];
        machine.Vm.Memory.Read(Ram, copy);
        Thread running = new(() => machine.Loop.Run());
        running.Start();
        SpinWait.SpinUntil(() => machine.Vm.Memory.Read<ulong>(Ram + 8) != 0, TimeSpan.FromMinutes(1));

        for (int harvest = 0; harvest < 200; harvest++)
        {
            Copy(machine.Vm.Memory, tracker.Harvest(), copy);
        }

        machine.Loop.Stop();
        running.Join();
        Copy(machine.Vm.Memory, tracker.Harvest(), copy);

        byte[] memory = new byte[2 << 20];
        machine.Vm.Memory.Read(Ram, memory);
        Assert.True(memory.AsSpan().SequenceEqual(copy));
        Assert.NotEqual(0UL, machine.Vm.Memory.Read<ulong>(Ram + 8));
    }

    [SkippableTheory]
    [MemberData(nameof(Methods))]
    public void Harvest_ofOneAndAHalfGiB_findsTheFirstAndTheLastPage(DirtyTrackingMethod method)
    {
        const ulong Size = 3UL << 29;
        using GuestMachine machine = Machine(method, Size, guest =>
        {
            guest.mov(__byte_ptr[(long)Ram], 1);
            guest.mov(rbx, Ram + Size - 1);
            guest.mov(__byte_ptr[rbx], 1);
            guest.hlt();
        });
        using DirtyTracker tracker = machine.Vm.TrackDirtyPages(method);
        MapLast(machine.Vm.Memory, Ram + Size - 1);
        tracker.Harvest();

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        Assert.Equal(
            [new(Ram, Page), new(Ram + Size - Page, Page)],
            WithoutPageTables(tracker.Harvest()));
    }

    [SkippableFact]
    public void Ring_whenFull_isEmptiedAndTheGuestGoesOn()
    {
        // Slow enough for a KVM that emulates to look at its ring between two pages.
        const int Pages = 1100;
        using GuestMachine machine = WriterOfPages(Pages, pause: 200);
        int full = 0;
        machine.Loop.On(Native.KvmExitReason.KVM_EXIT_DIRTY_RING_FULL, (in VcpuExit _) =>
        {
            full++;
            return ExitAction.Default;
        });
        using DirtyTracker tracker = machine.Vm.TrackDirtyPages();

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        Assert.True(full > 0);
        Assert.Equal([new(Ram, (ulong)Pages * Page)], WithoutPageTables(tracker.Harvest()));
        Assert.Empty(tracker.Harvest().ToArray());
    }

    [SkippableFact]
    public void Ring_filledAsFastAsCanBe_losesNoPage()
    {
        // A KVM that emulates overfills the ring here. Then all pages are reported, and the run may end.
        using GuestMachine machine = WriterOfPages(1900, pause: 1);
        using DirtyTracker tracker = machine.Vm.TrackDirtyPages();

        VcpuStop stop = machine.Loop.Run();

        Assert.True(
            stop is VcpuStop.Halted
            || stop.ExitReason == Native.KvmExitReason.KVM_EXIT_DIRTY_RING_FULL, stop.ToString());
        GuestPageRange[] ranges = tracker.Harvest().ToArray();
        for (ulong page = Ram; machine.Vm.Memory.Read<byte>(page) != 0; page += Page)
        {
            Assert.Contains(ranges, range => page - range.Address < range.Size);
        }
    }

    [SkippableFact]
    public void Ring_ofAClosedVcpu_isHarvestedStill()
    {
        using GuestMachine machine = Machine(DirtyTrackingMethod.Ring, 2 << 20, guest =>
        {
            guest.mov(__byte_ptr[(long)Ram], 1);
            guest.hlt();
        });
        using DirtyTracker tracker = machine.Vm.TrackDirtyPages();
        machine.Loop.Run();

        machine.Vcpu.Dispose();

        Assert.Equal([new(Ram, Page)], WithoutPageTables(tracker.Harvest()));
    }

    [SkippableTheory]
    [MemberData(nameof(Methods))]
    public void Dispose_andBeginAgain_startsClean(DirtyTrackingMethod method)
    {
        using GuestMachine machine = Machine(method, 2 << 20, guest =>
        {
            Iced.Intel.Label again = guest.CreateLabel();
            guest.Label(ref again);
            guest.mov(__byte_ptr[(long)Ram], 1);
            guest.hlt();
            guest.jmp(again);
        });
        DirtyTracker first = machine.Vm.TrackDirtyPages(method);
        machine.Loop.Run();
        Assert.Throws<InvalidOperationException>(() => machine.Vm.TrackDirtyPages(method));

        first.Dispose();
        first.Dispose();
        machine.Loop.Run();

        Assert.Throws<ObjectDisposedException>(() => first.Harvest());
        using DirtyTracker second = machine.Vm.TrackDirtyPages(method);
        Assert.Empty(second.Harvest().ToArray());
        machine.Loop.Run();
        Assert.Equal([new(Ram, Page)], WithoutPageTables(second.Harvest()));
    }

    [SkippableTheory]
    [MemberData(nameof(Methods))]
    public void StartsDirty_firstHarvest_hasAllPages(DirtyTrackingMethod method)
    {
        using GuestMachine machine = Machine(method, 2 << 20, guest =>
        {
            guest.mov(__byte_ptr[(long)Ram], 1);
            guest.hlt();
        });
        using DirtyTracker tracker = machine.Vm.TrackDirtyPages(method, startsDirty: true);

        Assert.Equal(
            [new(0, GuestMachine.MemorySize), new(Ram, 2 << 20)], tracker.Harvest().ToArray());
        machine.Loop.Run();
        Assert.Equal([new(Ram, Page)], WithoutPageTables(tracker.Harvest()));
    }

    [SkippableTheory]
    [MemberData(nameof(Methods))]
    public void Add_whileTracked_isDirtyAsAWholeAndThenFollowed(DirtyTrackingMethod method)
    {
        using GuestMachine machine = Machine(method, 2 << 20, guest =>
        {
            guest.mov(__byte_ptr[(long)GuestMachine.MmioAddress], 1);
            guest.hlt();
        });
        using DirtyTracker tracker = machine.Vm.TrackDirtyPages(method);
        GuestMemoryRegion added = machine.Vm.AddMemory(GuestMachine.MmioAddress, 4 * Page);

        Assert.Equal([new(GuestMachine.MmioAddress, 4 * Page)], tracker.Harvest().ToArray());
        machine.Loop.Run();
        Assert.Equal([new(GuestMachine.MmioAddress, Page)], WithoutPageTables(tracker.Harvest()));

        machine.Vm.Memory.Write(GuestMachine.MmioAddress, (byte)1);
        machine.Vm.Memory.Remove(added);
        Assert.Empty(tracker.Harvest().ToArray());
    }

    [SkippableFact]
    public void ReadOnly_region_hasWhatTheHostWrites()
    {
        using GuestMachine machine = Machine(DirtyTrackingMethod.Log, 2 << 20, guest =>
        {
            guest.mov(__byte_ptr[(long)GuestMachine.MmioAddress], 1);
            guest.hlt();
        });
        machine.Vm.AddMemory(GuestMachine.MmioAddress, 4 * Page, new() { IsReadOnly = true });
        using DirtyTracker tracker = machine.Vm.TrackDirtyPages();

        machine.Loop.Run();
        machine.Vm.Memory.Write(GuestMachine.MmioAddress + Page, (byte)1);

        Assert.Equal(["w 0 01"], machine.Device.Log);
        Assert.Equal([new(GuestMachine.MmioAddress + Page, Page)], WithoutPageTables(tracker.Harvest()));
    }

    private static GuestMachine Machine(
        DirtyTrackingMethod method, ulong ram, Action<Iced.Intel.Assembler> program, int entries = 4096)
    {
        GuestMachine machine = GuestMachine.LongMode(
            program,
            vm =>
            {
                if (method == DirtyTrackingMethod.Ring)
                {
                    vm.EnableDirtyRing(entries);
                }
            });
        machine.Vm.AddMemory(Ram, ram);
        for (ulong large = Ram; large < Ram + Math.Min(ram, 8 << 20); large += 2 << 20)
        {
            MapLast(machine.Vm.Memory, large);
        }

        return machine;
    }

    // Writes a byte into each of many pages, with a loop of so many turns between two.
    private static GuestMachine WriterOfPages(int pages, int pause) => Machine(
        DirtyTrackingMethod.Ring,
        8 << 20,
        guest =>
        {
            Iced.Intel.Label again = guest.CreateLabel();
            Iced.Intel.Label waiting = guest.CreateLabel();
            guest.mov(rbx, Ram);
            guest.mov(ecx, pages);
            guest.Label(ref again);
            guest.mov(__byte_ptr[rbx], 1);
            guest.mov(edx, pause);
            guest.Label(ref waiting);
            guest.dec(edx);
            guest.jnz(waiting);
            guest.add(rbx, Page);
            guest.dec(ecx);
            guest.jnz(again);
            guest.hlt();
        },
        entries: 1024);

    // Adds the large page of an address to GuestMachine's tables; each GiB has its own, from 0xc000 on.
    private static void MapLast(GuestMemory memory, ulong address)
    {
        const ulong Directories = 0xb000;
        const ulong Present = 0b11;
        ulong table = 0xc000 + ((address >> 30) * 0x1000);
        memory.Write(Directories + ((address >> 30) * 8), table | Present);
        memory.Write(table + (((address >> 21) & 511) * 8), (address & ~0x1f_ffffUL) | 0x80 | Present);
    }

    private static void Copy(GuestMemory memory, DirtyPages pages, byte[] copy)
    {
        foreach (GuestPageRange range in pages)
        {
            if (range.Address >= Ram)
            {
                memory.Read(
                    range.Address, copy.AsSpan((int)(range.Address - Ram), (int)range.Size));
            }
        }
    }

    // The processor sets the bits "accessed" and "dirty" in the tables at 0xa000, if it likes. And a KVM on a
    // processor maps what the guest reads or executes writable at once, and calls it dirty: only the page of
    // the program, and what a test names.
    private static GuestPageRange[] WithoutPageTables(DirtyPages pages, ulong read = GuestMachine.Entry) =>
    [
        .. pages.ToArray().Where(range =>
            range.Address is < 0xa000 or > 0xe000
            && (range.Address != GuestMachine.Entry || range.Size != Page)
            && (range.Address != read || range.Size != Page)),
    ];
}
