namespace KvmInterop.Tests.Runtime.Bus;

public class MmioBusTests
{
    private readonly MmioBus bus = new();
    private readonly RecordingDevice device = new();

    [Theory]
    [InlineData(0x1000, 0x1000)] // the same
    [InlineData(0x0fff, 2)] // its first byte
    [InlineData(0x1fff, 0x1000)] // its last byte
    [InlineData(0x1800, 1)] // inside
    [InlineData(0, ulong.MaxValue)] // around
    public void Register_overlapping_isRefusedWithBothNames(ulong start, ulong size)
    {
        bus.Register("disk", 0x1000, 0x1000, device);

        Exception e =
            Assert.Throws<InvalidOperationException>(() => bus.Register("intruder", start, size, device));

        Assert.Equal(
            $"'intruder' at 0x{start:x}-0x{start + size - 1:x} overlaps 'disk' at 0x1000-0x1fff, which is "
            + "on the bus; remove that, or choose another place",
            e.Message);
        Assert.Single(bus.Ranges);
    }

    [Fact]
    public void TryRegister_placeTaken_givesNothingAndLeavesTheBus()
    {
        MmioBus bus = new();
        BusRange first = bus.Register("first", 0x1000, 0x1000, new RecordingDevice());

        Assert.Null(bus.TryRegister("second", 0x1fff, 2, new RecordingDevice()));
        Assert.Null(bus.TryRegister("second", 0xfff, 2, new RecordingDevice()));
        Assert.Equal([first], bus.Ranges);
        BusRange? third = bus.TryRegister("third", 0x2000, 2, new RecordingDevice());
        Assert.Equal([first, third!], bus.Ranges);
        Assert.Throws<ArgumentException>(() => bus.TryRegister("empty", 0, 0, new RecordingDevice()));
    }

    [Fact]
    public void Register_adjacent_givesEachItsOwn()
    {
        RecordingDevice after = new();
        bus.Register("after", 0x2000, 0x1000, after);
        bus.Register("disk", 0x1000, 0x1000, device);

        bus.Write(0x0fff, [0]);
        bus.Write(0x1000, [1]);
        bus.Write(0x1fff, [2]);
        bus.Write(0x2000, [3]);
        bus.Write(0x3000, [4]);

        Assert.Equal(["w 0 01", "w fff 02"], device.Log);
        Assert.Equal(["w 0 03"], after.Log);
        Assert.Equal(2, bus.UnclaimedWrites);
    }

    [Fact]
    public void Register_noBytes_isRefusedByName()
    {
        Exception e = Assert.Throws<ArgumentException>(() => bus.Register("nothing", 0x10, 0, device));

        Assert.StartsWith("'nothing' at 0x10 is empty", e.Message);
    }

    [Theory]
    [InlineData(ulong.MaxValue, 2)]
    [InlineData(2, ulong.MaxValue)]
    [InlineData(0xffff_ffff_ffff_f000, 0x1001)]
    public void Register_wrappingAround_isRefusedByName(ulong start, ulong size)
    {
        Exception e = Assert.Throws<ArgumentException>(() => bus.Register("high", start, size, device));

        Assert.StartsWith(
            $"'high', 0x{size:x} bytes at 0x{start:x}, goes beyond 0xffffffffffffffff", e.Message);
    }

    [Fact]
    public void Access_atLastAddress_staysInDevice()
    {
        bus.Register("last", 0xffff_ffff_ffff_f000, 0x1000, device);
        byte[] data = [9, 9, 9, 9, 9, 9, 9, 9];

        bus.Read(0xffff_ffff_ffff_fffe, data);
        bus.Write(ulong.MaxValue, [1, 2, 3]);

        Assert.Equal([0x10, 0x11, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], data);
        Assert.Equal(["r ffe 2", "w fff 01"], device.Log);
    }

    [Fact]
    public void Access_atEndOfHugeRange_staysInDevice()
    {
        // Offset plus length is beyond 64 bits here: a check that adds them would let it through.
        bus.Register("huge", 1, ulong.MaxValue, device);

        bus.Write(ulong.MaxValue - 1, [1, 2, 3, 4]);

        Assert.Equal(["w fffffffffffffffd 0102"], device.Log);
    }

    [Fact]
    public void Write_acrossEnd_givesDeviceItsPart()
    {
        RecordingDevice neighbour = new();
        bus.Register("disk", 0x1000, 0x10, device);
        bus.Register("next", 0x1010, 0x10, neighbour);

        bus.Write(0x100e, [1, 2, 3, 4]);

        Assert.Equal(["w e 0102"], device.Log);
        Assert.Empty(neighbour.Log);
    }

    [Fact]
    public void Read_unclaimed_givesOnesAndCounts()
    {
        byte[] data = new byte[8];

        bus.Read(0x1000, data);

        Assert.Equal(Enumerable.Repeat((byte)0xff, 8), data);
        Assert.Equal(1, bus.UnclaimedReads);
    }

    [Fact]
    public void Find_amongThousand_findsEachAndTheHoles()
    {
        const ulong Stride = 0x2000;
        const ulong Size = 0x1000;
        BusRange[] ranges = [.. Enumerable.Range(0, 1000).Reverse()
            .Select(i => bus.Register($"d{i}", (ulong)i * Stride, Size, device)).Reverse()];

        for (ulong i = 0; i < 1000; i++)
        {
            Assert.Same(ranges[i], bus.Find(i * Stride));
            Assert.Same(ranges[i], bus.Find((i * Stride) + Size - 1));
            Assert.Null(bus.Find((i * Stride) + Size));
            Assert.Null(bus.Find((i * Stride) + Stride - 1));
        }
    }

    // How ranges lie: evenly, two to four in turn with a hole, most of them low and some far above, anywhere.
    [Theory]
    [InlineData("even")]
    [InlineData("groups")]
    [InlineData("far")]
    [InlineData("anywhere")]
    public void Find_whileRangesComeAndGo_findsWhatASearchOneByOneFinds(string spread)
    {
        Random random = new(5);
        List<BusRange> present = [];
        for (int turn = 0; turn < 300; turn++)
        {
            if (present.Count > 0 && random.Next(3) == 0)
            {
                int gone = random.Next(present.Count);
                Assert.True(bus.Remove(present[gone]));
                present.RemoveAt(gone);
            }
            else if (bus.TryRegister($"d{turn}", Place(spread, random), (ulong)random.Next(1, 0x200), device)
                is BusRange range)
            {
                present.Add(range);
            }

            ulong[] edges =
            [
                0, ulong.MaxValue, (ulong)random.NextInt64(), Place(spread, random),
                .. present.SelectMany(each => new[]
                {
                    each.Start, each.Last, unchecked(each.Start - 1), unchecked(each.Last + 1),
                }),
            ];
            Assert.All(edges, address => Assert.Same(
                present.SingleOrDefault(each => each.Start <= address && address <= each.Last),
                bus.Find(address)));
        }

        Assert.InRange(present.Count, 50, 150);
    }

    [Fact]
    public void Remove_registered_freesAddresses()
    {
        BusRange range = bus.Register("disk", 0x1000, 0x1000, device);

        Assert.True(bus.Remove(range));
        Assert.False(bus.Remove(range));
        bus.Write(0x1000, [1]);

        Assert.Empty(device.Log);
        bus.Register("other", 0x1800, 0x1000, device);
    }

    private static ulong Place(string spread, Random random) => spread switch
    {
        "even" => 0xd000_0000 + ((ulong)random.Next(200) * 0x200),
        "groups" => 0xd000_0000 + ((ulong)random.Next(60) * 0x1_0000) + ((ulong)random.Next(4) * 0x200),
        "far" when random.Next(10) > 0 => 0xd000_0000 + ((ulong)random.Next(200) * 0x200),
        "far" => 0xffff_ffff_ffff_0000 + ((ulong)random.Next(100) * 0x200),
        _ => (ulong)random.NextInt64() << 1,
    };
}
