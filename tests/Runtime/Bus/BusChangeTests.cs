namespace KvmInterop.Tests.Runtime.Bus;

/// <summary>Devices that are replaced, removed and counted, on both buses.</summary>
public class BusChangeTests
{
    private readonly RecordingDevice device = new();
    private readonly RecordingDevice other = new(0x40);

    public static TheoryData<string> Buses => ["ports", "addresses"];

    [Theory]
    [MemberData(nameof(Buses))]
    public void Replace_registered_givesAccessesToTheOther(string kind)
    {
        TestBus bus = new(kind);
        BusRange range = bus.Register("disk", 0x100, 8, device);

        IBusDevice before = bus.Bus.Replace(range, other);
        bus.Write(0x107, [1, 2]);

        Assert.Same(device, before);
        Assert.Same(other, range.Device);
        Assert.Equal([range], bus.Bus.Ranges);
        Assert.Empty(device.Log);
        Assert.Equal(["w 7 01"], other.Log);
        Assert.True(bus.Bus.Remove(range));
        Assert.Empty(bus.Bus.Ranges);
    }

    [Theory]
    [MemberData(nameof(Buses))]
    public void Replace_removed_isRefusedByName(string kind)
    {
        TestBus bus = new(kind);
        BusRange range = bus.Register("disk", 0x100, 8, device);
        bus.Bus.Remove(range);
        bus.Register("next", 0x100, 8, device);

        Exception e = Assert.Throws<InvalidOperationException>(() => bus.Bus.Replace(range, other));

        Assert.Equal("'disk' at 0x100-0x107 is not on this bus; register it first", e.Message);
        Assert.Same(device, bus.Bus.Ranges[0].Device);
    }

    [Theory]
    [MemberData(nameof(Buses))]
    public void Change_rangeOfAnotherBus_doesNothingHere(string kind)
    {
        TestBus bus = new(kind);
        bus.Register("disk", 0x100, 8, device);
        BusRange foreign = new TestBus(kind).Register("disk", 0x100, 8, other);

        Assert.False(bus.Bus.Remove(foreign));
        Assert.Throws<InvalidOperationException>(() => bus.Bus.Replace(foreign, other));
        bus.Write(0x100, [1]);

        Assert.Equal(["w 0 01"], device.Log);
    }

    [Theory]
    [MemberData(nameof(Buses))]
    public void Access_whileOthersReplaceAndRegister_findsOldOrNew(string kind)
    {
        TestBus bus = new(kind);
        CountingDevice[] devices = [new(), new()];
        BusRange range = bus.Register("swapped", 0x100, 4, devices[0]);
        bus.Bus.Unclaimed = (in UnclaimedAccess access) => Assert.Fail(access.ToString());
        using CancellationTokenSource done = new();
        long replaced = 0;
        Thread changing = new(() =>
        {
            while (!done.IsCancellationRequested)
            {
                bus.Bus.Replace(range, devices[++replaced % 2]);
                bus.Bus.Remove(bus.Register("neighbour", 0x104, 0x10, device));
                range.CollectsStatistics = replaced % 3 == 0;
            }
        });
        changing.Start();

        const int Accesses = 200_000;
        int made = 0;
        for (; made < Accesses || Interlocked.Read(ref replaced) < 2; made++)
        {
            bus.Write(0x100, [1]);
        }

        done.Cancel();
        changing.Join();
        Assert.Equal(made, devices[0].Writes + devices[1].Writes);
        Assert.Equal(0, bus.Bus.UnclaimedWrites);
    }

    [Theory]
    [MemberData(nameof(Buses))]
    public void Unclaimed_withHandler_isToldOfEachAccess(string kind)
    {
        TestBus bus = new(kind);
        List<UnclaimedAccess> seen = [];
        bus.Bus.Unclaimed = (in UnclaimedAccess access) => seen.Add(access);
        bus.Register("disk", 0x100, 8, device);

        bus.Write(0x100, [1]);
        bus.Write(0x80, [0x11, 0x22, 0x33]);
        bus.Read(0x81, new byte[2]);
        bus.Bus.Unclaimed = null;
        bus.Write(0x82, [1]);

        Assert.Equal(
            [
                new UnclaimedAccess(bus.Bus, true, 0x80, 3, 0x332211),
                new UnclaimedAccess(bus.Bus, false, 0x81, 2, 0xffff),
            ],
            seen);
        Assert.Equal((1, 2), (bus.Bus.UnclaimedReads, bus.Bus.UnclaimedWrites));
        string place = kind == "ports" ? "port" : "address";
        Assert.Equal(
            $"the guest wrote 0x332211 (3 bytes) to {place} 0x80, where there is no device",
            seen[0].ToString());
        Assert.Equal(
            $"the guest read 2 bytes from {place} 0x81, where there is no device", seen[1].ToString());
    }

    [Theory]
    [MemberData(nameof(Buses))]
    public void Statistics_ofOneRange_countWhatTheDeviceSees(string kind)
    {
        TestBus bus = new(kind);
        BusRange range = bus.Register("disk", 0x100, 4, device);
        BusRange quiet = bus.Register("quiet", 0x200, 4, device);
        bus.Write(0x100, [1]);

        range.CollectsStatistics = true;
        bus.Write(0x102, [1, 2, 3, 4]); // Two of them are beyond the end.
        bus.Read(0x100, new byte[4]);
        bus.Bus.Replace(range, other);
        bus.Read(0x103, new byte[1]);
        bus.Write(0x200, [1]);

        Assert.Equal(new BusStatistics(2, 1, 5, 2), range.Statistics);
        Assert.Null(quiet.Statistics);
        Assert.Same(other, range.Device);
        range.CollectsStatistics = false;
        Assert.Null(range.Statistics);
        bus.Write(0x100, [1]);
        Assert.Equal(["r 3 1", "w 0 01"], other.Log);
    }

    [Theory]
    [MemberData(nameof(Buses))]
    public void Statistics_ofTheBus_countEarlierAndLaterRanges(string kind)
    {
        TestBus bus = new(kind);
        BusRange earlier = bus.Register("earlier", 0x100, 4, device);
        bus.Bus.CollectsStatistics = true;
        BusRange later = bus.Register("later", 0x200, 4, device);

        bus.Write(0x100, [1]);
        bus.Write(0x200, [1, 2]);

        Assert.Equal(new BusStatistics(0, 1, 0, 1), earlier.Statistics);
        Assert.Equal(new BusStatistics(0, 1, 0, 2), later.Statistics);
        bus.Bus.CollectsStatistics = false;
        Assert.Null(earlier.Statistics);
        Assert.Null(later.Statistics);
    }

    [Theory]
    [MemberData(nameof(Buses))]
    public void Access_ofAnyKind_allocatesNothing(string kind)
    {
        TestBus bus = new(kind);
        bus.Bus.Unclaimed = static (in UnclaimedAccess _) => { };
        bus.Register("plain", 0x100, 4, new CountingDevice());
        bus.Register("counted", 0x200, 4, new CountingDevice()).CollectsStatistics = true;
        bus.Register("registers", 0x300, 8, BusDevice.FromRegisters<uint>(_ => 1, (_, _) => { }));
        Span<byte> data = stackalloc byte[4];
        long before = 0;
        for (int i = 0; i < 2_000; i++)
        {
            if (i == 1_000)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            for (ulong address = 0x100; address <= 0x400; address += 0x81)
            {
                bus.Write(address, data);
                bus.Read(address, data);
            }

            bus.Write(0x302, data);
            bus.Read(0x302, data);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>Either bus, behind one face.</summary>
    private sealed class TestBus(string kind)
    {
        private readonly PioBus? pio = kind == "ports" ? new PioBus() : null;
        private readonly MmioBus mmio = new();

        public KvmInterop.Bus Bus => pio is null ? mmio : pio;

        public BusRange Register(string name, ushort start, int size, IBusDevice device) =>
            pio?.Register(name, start, size, device) ?? mmio.Register(name, start, (ulong)size, device);

        public void Read(ulong address, Span<byte> data)
        {
            if (pio is null)
            {
                mmio.Read(address, data);
            }
            else
            {
                pio.Read((ushort)address, data);
            }
        }

        public void Write(ulong address, ReadOnlySpan<byte> data)
        {
            if (pio is null)
            {
                mmio.Write(address, data);
            }
            else
            {
                pio.Write((ushort)address, data);
            }
        }
    }
}
