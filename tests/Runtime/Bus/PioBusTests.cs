namespace KvmInterop.Tests.Runtime.Bus;

public class PioBusTests
{
    private readonly PioBus bus = new();
    private readonly RecordingDevice device = new();

    [Theory]
    [InlineData(0x3f8, 8)] // the same
    [InlineData(0x3f0, 9)] // its first port
    [InlineData(0x3ff, 1)] // its last port
    [InlineData(0x3fa, 2)] // inside
    [InlineData(0x000, 65536)] // around
    public void Register_overlapping_isRefusedWithBothNames(int start, int count)
    {
        bus.Register("com1", 0x3f8, 8, device);

        Exception e = Assert.Throws<InvalidOperationException>(
            () => bus.Register("intruder", (ushort)start, count, device));

        Assert.Equal(
            $"'intruder' at 0x{start:x}-0x{start + count - 1:x} overlaps 'com1' at 0x3f8-0x3ff, which is on "
            + "the bus; remove that, or choose another place",
            e.Message);
        Assert.Single(bus.Ranges);
    }

    [Fact]
    public void TryRegister_portTaken_givesNothingAndLeavesTheBus()
    {
        PioBus bus = new();
        BusRange first = bus.Register("first", 0xfff8, 4, new RecordingDevice());

        Assert.Null(bus.TryRegister("second", 0xfffb, 2, new RecordingDevice()));
        Assert.Equal([first], bus.Ranges);
        BusRange? third = bus.TryRegister("third", 0xfffc, 4, new RecordingDevice());
        Assert.Equal([first, third!], bus.Ranges);
        Assert.Throws<ArgumentException>(() => bus.TryRegister("beyond", 0xffff, 2, new RecordingDevice()));
    }

    [Fact]
    public void Register_adjacent_givesEachItsOwn()
    {
        RecordingDevice before = new();
        RecordingDevice after = new();
        bus.Register("com1", 0x3f8, 8, device);
        bus.Register("before", 0x3f0, 8, before);
        bus.Register("after", 0x400, 8, after);

        foreach (ushort port in (ushort[])[0x3f7, 0x3f8, 0x3ff, 0x400])
        {
            bus.Write(port, [1]);
        }

        Assert.Equal(["w 7 01"], before.Log);
        Assert.Equal(["w 0 01", "w 7 01"], device.Log);
        Assert.Equal(["w 0 01"], after.Log);
        Assert.Equal(["before", "com1", "after"], bus.Ranges.Select(range => range.Name));
    }

    [Fact]
    public void Register_noPorts_isRefusedByName()
    {
        Exception e = Assert.Throws<ArgumentException>(() => bus.Register("nothing", 0x10, 0, device));

        Assert.StartsWith("'nothing' at 0x10 is empty; a device has at least one byte", e.Message);
    }

    [Fact]
    public void Register_negativeCount_isRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => bus.Register("less", 0x10, -1, device));

    [Theory]
    [InlineData(0xffff, 2)]
    [InlineData(1, 65536)]
    [InlineData(0x8000, int.MaxValue)]
    public void Register_beyondLastPort_isRefused(int start, int count)
    {
        Exception e =
            Assert.Throws<ArgumentException>(() => bus.Register("far", (ushort)start, count, device));

        Assert.StartsWith(
            $"'far', 0x{count:x} bytes at 0x{start:x}, goes beyond 0xffff, where the bus ends", e.Message);
        Assert.Null(bus.Find(0));
    }

    [Fact]
    public void Register_allPorts_hasFirstAndLast()
    {
        bus.Register("all", 0, 65536, device);

        bus.Write(0, [1]);
        bus.Write(0xffff, [2]);

        Assert.Equal(["w 0 01", "w ffff 02"], device.Log);
    }

    [Fact]
    public void Write_acrossEnd_givesDeviceItsPart()
    {
        RecordingDevice neighbour = new();
        bus.Register("com1", 0x3f8, 8, device);
        bus.Register("next", 0x400, 8, neighbour);

        bus.Write(0x3fe, [1, 2, 3, 4]);

        Assert.Equal(["w 6 0102"], device.Log);
        Assert.Empty(neighbour.Log);
    }

    [Fact]
    public void Read_acrossEnd_readsOnesBeyond()
    {
        bus.Register("com1", 0x3f8, 8, device);
        byte[] data = [9, 9, 9, 9];

        bus.Read(0x3ff, data);

        Assert.Equal([0x10, 0xff, 0xff, 0xff], data);
        Assert.Equal(["r 7 1"], device.Log);
    }

    [Fact]
    public void Read_acrossLastPort_readsOnesBeyond()
    {
        bus.Register("last", 0xffff, 1, device);
        byte[] data = [9, 9, 9, 9];

        bus.Read(0xffff, data);

        Assert.Equal([0x10, 0xff, 0xff, 0xff], data);
    }

    [Fact]
    public void Write_startingBeforeDevice_isNotTheDevices()
    {
        // The four bytes at 0xcf8 are PCI's address register; the third byte is not a write to the reset
        // port.
        bus.Register("reset", 0xcf9, 1, device);

        bus.Write(0xcf8, [0, 6, 0, 0x80]);

        Assert.Empty(device.Log);
        Assert.Equal(1, bus.UnclaimedWrites);
    }

    [Fact]
    public void Write_wide_isOneAccess()
    {
        bus.Register("pci", 0xcf8, 8, device);

        bus.Write(0xcf8, [0, 6, 0, 0x80]);

        Assert.Equal(["w 0 00060080"], device.Log);
    }

    [Fact]
    public void Access_unclaimed_readsOnesAndCounts()
    {
        byte[] data = [1, 2];

        bus.Read(0x80, data);
        bus.Write(0x80, [1]);
        bus.Write(0x81, [1]);

        Assert.Equal([0xff, 0xff], data);
        Assert.Equal(1, bus.UnclaimedReads);
        Assert.Equal(2, bus.UnclaimedWrites);
    }

    [Fact]
    public void String_severalElements_staysOnPortAndAdvancesData()
    {
        bus.Register("port", 0x10, 4, device);
        byte[] read = new byte[6];

        bus.WriteString(0x11, 2, [1, 2, 3, 4, 5, 6]);
        bus.ReadString(0x11, 2, read);

        Assert.Equal(["w 1 0102", "w 1 0304", "w 1 0506", "r 1 2", "r 1 2", "r 1 2"], device.Log);
        Assert.Equal([0x10, 0x11, 0x12, 0x13, 0x14, 0x15], read);
    }

    [Fact]
    public void String_unclaimed_countsEachElement()
    {
        byte[] read = new byte[3];

        bus.ReadString(0x11, 1, read);
        bus.WriteString(0x11, 4, new byte[8]);

        Assert.Equal([0xff, 0xff, 0xff], read);
        Assert.Equal((3, 2), (bus.UnclaimedReads, bus.UnclaimedWrites));
    }

    [Fact]
    public void Remove_registered_leavesOthersAndFreesPorts()
    {
        BusRange gone = bus.Register("gone", 0x10, 8, device);
        RecordingDevice stays = new();
        bus.Register("stays", 0x18, 8, stays);

        Assert.True(bus.Remove(gone));
        bus.Write(0x17, [1]);
        bus.Write(0x18, [1]);

        Assert.Empty(device.Log);
        Assert.Equal(["w 0 01"], stays.Log);
        Assert.False(bus.Remove(gone));
        bus.Register("again", 0x10, 8, device);
        Assert.False(bus.Remove(gone));
    }

    [Fact]
    public void Access_whileOthersRegister_alwaysFindsItsDevice()
    {
        CountingDevice counting = new();
        bus.Register("fixed", 0x100, 1, counting);
        using CancellationTokenSource done = new();
        Thread changing = new(() =>
        {
            while (!done.IsCancellationRequested)
            {
                bus.Remove(bus.Register("neighbour", 0x101, 0x200, device));
            }
        });
        changing.Start();

        const int Accesses = 200_000;
        for (int i = 0; i < Accesses; i++)
        {
            bus.Write(0x100, [1]);
        }

        done.Cancel();
        changing.Join();
        Assert.Equal(Accesses, counting.Writes);
        Assert.Equal(0, bus.UnclaimedWrites);
    }
}
