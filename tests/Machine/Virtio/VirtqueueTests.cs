using KvmInterop.Machine.Virtio;

namespace KvmInterop.Tests.Machine.Virtio;

/// <summary>Split queues with a driver that does all right.</summary>
public sealed class VirtqueueTests
{
    private const ulong Plain = VirtioFeatures.Version1;
    private const ulong WithIndirect = VirtioFeatures.Version1 | VirtioFeatures.IndirectDescriptors;
    private const ulong WithEvents = VirtioFeatures.Version1 | VirtioFeatures.EventIndex;

    private static readonly byte[] Text = [.. Enumerable.Range(0, 100).Select(i => (byte)i)];
    private static readonly byte[] Inverted = [.. Text.Select(b => (byte)~b)];

    [Fact]
    public void Queue_requestInManyPieces_isServedAsOne()
    {
        using VirtioDriver driver = Started(Plain);
        DriverQueue queue = driver.Queue(0);
        ulong input = driver.Place(Text);
        ulong output = driver.Allocate(100);

        ushort head = queue.Add(
            (input, 1, false), (input + 1, 0, false), (input + 1, 60, false), (input + 61, 39, false),
            (output, 33, true), (output + 33, 0, true), (output + 33, 67, true));
        queue.Kick();
        driver.Pump();

        Assert.Equal((head, 100u), queue.TakeUsed());
        Assert.Null(queue.TakeUsed());
        Assert.Equal(Inverted, Bytes(driver, output, 100));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Queue_indirectTable_isServedAlsoAfterDirectDescriptors(int direct)
    {
        using VirtioDriver driver = Started(WithIndirect);
        DriverQueue queue = driver.Queue(0);
        ulong input = driver.Place(Text);
        ulong output = driver.Allocate(100);
        ulong table = driver.Allocate(16 * 12);

        // More entries than the queue has, but not more than the device takes.
        for (int i = 0; i < 9; i++)
        {
            queue.Describe(
                table, i, input + (10 * (ulong)i), 10, DriverQueue.Next, (ushort)(i + 1));
        }

        queue.Describe(table, 9, input + 90, 10, DriverQueue.Next, 11);
        queue.Describe(table, 11, output, 100, DriverQueue.Write);
        for (int i = 0; i < direct; i++)
        {
            queue.Describe(i, input, 0, DriverQueue.Next, (ushort)(i + 1));
        }

        // The write flag of an indirect descriptor means nothing (2.7.5.3.2).
        queue.Describe(direct, table, 16 * 12, DriverQueue.Indirect | DriverQueue.Write);
        queue.Offer(0);
        queue.Kick();
        driver.Pump();

        Assert.Equal((0u, 100u), queue.TakeUsed());
        Assert.Equal(Inverted, Bytes(driver, output, 100));
    }

    [Fact]
    public void Queue_indicesThatWrap_goOn()
    {
        using VirtioDriver driver = Started(WithEvents);
        DriverQueue queue = driver.Queue(0);
        ulong input = driver.Place([1]);
        ulong output = driver.Allocate(1);

        for (int i = 0; i < 70_000; i++)
        {
            queue.Describe(0, input, 1, DriverQueue.Next, 1);
            queue.Describe(1, output, 1, DriverQueue.Write);
            queue.Offer(0);
            queue.Kick();
            driver.Pump();
            Assert.Equal((0u, 1u), queue.TakeUsed());
            Assert.NotEqual(0u, driver.TakeInterrupts());
        }

        Assert.Equal(70_000, driver.Line.Edges);
    }

    [Fact]
    public void Queue_fullRing_isServedAndInterruptsOnce()
    {
        using VirtioDriver driver = Started(Plain);
        DriverQueue queue = driver.Queue(0);
        ulong input = driver.Place([0x0f]);
        ulong[] outputs = new ulong[8];
        for (int i = 0; i < 8; i++)
        {
            outputs[i] = driver.Allocate(1);
            queue.Describe(i, outputs[i], 1, DriverQueue.Write);
            queue.Offer((ushort)i);
        }

        queue.Describe(7, input, 1);
        queue.Kick();
        driver.Pump();

        for (uint i = 0; i < 8; i++)
        {
            Assert.Equal((i, 0u), queue.TakeUsed());
        }

        Assert.Equal(1, driver.Line.Edges);
    }

    [Fact]
    public void Queue_noInterruptFlag_isKept()
    {
        using VirtioDriver driver = Started(Plain);
        DriverQueue queue = driver.Queue(0);
        queue.SetAvailableFlags(1);
        ServeOne(driver, queue);
        Assert.Equal(0, driver.Line.Edges);

        queue.SetAvailableFlags(0);
        ServeOne(driver, queue);
        Assert.Equal(1, driver.Line.Edges);
        Assert.Equal(1u, driver.InterruptStatus);
    }

    [Fact]
    public void Queue_usedEvent_interruptsWhenItIsPassed()
    {
        using VirtioDriver driver = Started(WithEvents);
        DriverQueue queue = driver.Queue(0);
        queue.SetUsedEvent(0);
        ServeOne(driver, queue);
        Assert.Equal(1, driver.Line.Edges);
        driver.TakeInterrupts();

        // An interrupt when the entry of index 3 is used, which makes the index 4.
        for (int index = 2; index <= 6; index++)
        {
            queue.SetUsedEvent(3);
            ServeOne(driver, queue);
            Assert.Equal(index >= 4 ? 2 : 1, driver.Line.Edges);
            driver.TakeInterrupts();
        }
    }

    [Fact]
    public void Queue_availableEvent_saysWhichChainTheBellIsWantedFor()
    {
        using VirtioDriver driver = Started(WithEvents);
        DriverQueue queue = driver.Queue(0);
        Assert.Equal(0, queue.AvailableEvent);
        for (ushort i = 1; i < 20; i++)
        {
            ServeOne(driver, queue);
            Assert.Equal(i, queue.AvailableEvent);
        }
    }

    [Fact]
    public void Queue_workInProgress_asksForNoBell()
    {
        using VirtioDriver driver = Started(Plain);
        DriverQueue queue = driver.Queue(0);
        ushort during = 0;
        Echo(driver).OnChain = () => during = queue.UsedFlags;
        ServeOne(driver, queue);

        Assert.Equal(1, during);
        Assert.Equal(0, queue.UsedFlags);
    }

    [Fact]
    public void Queue_chainOfferedDuringWork_isServedWithoutABell()
    {
        using VirtioDriver driver = Started(WithEvents);
        DriverQueue queue = driver.Queue(0);
        ulong output = driver.Allocate(16);
        Echo(driver).OnChain = () =>
        {
            if (Echo(driver).Served == 0)
            {
                queue.Add((output, 1, true));
            }
        };
        ServeOne(driver, queue);

        Assert.NotNull(queue.TakeUsed());
        Assert.Equal(2, Echo(driver).Served);
    }

    [Fact]
    public void Queue_driverThatNeverStops_leavesTheLoopItsTurn()
    {
        using VirtioDriver driver = Started(Plain);
        DriverQueue queue = driver.Queue(0);
        Echo(driver).OnChain = () => queue.Add((0, 0, true));
        queue.Add((0, 0, true));
        queue.Kick();

        Assert.Equal(1, driver.Loop.RunOnce(TimeSpan.Zero));

        Assert.Equal(8, Echo(driver).Served);
        Assert.Equal(1, driver.Loop.RunOnce(TimeSpan.Zero));
        Assert.Equal(16, Echo(driver).Served);
    }

    [Fact]
    public void Queue_steadyState_allocatesNothing()
    {
        using VirtioDriver driver = Started(WithEvents);
        DriverQueue queue = driver.Queue(0);
        ulong input = driver.Place(Text);
        ulong output = driver.Allocate(100);
        queue.Describe(0, input, 100, DriverQueue.Next, 1);
        queue.Describe(1, output, 100, DriverQueue.Write);
        long before = 0;
        for (int i = 0; i < 2_000; i++)
        {
            if (i == 1_000)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            queue.Offer(0);
            queue.Kick();
            driver.Loop.RunOnce(TimeSpan.Zero);
            queue.TakeUsed();
            driver.TakeInterrupts();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(2_000, Echo(driver).Served);
    }

    [Theory]
    [InlineData(0, 1, 0, true)]
    [InlineData(1, 1, 0, false)]
    [InlineData(0xffff, 0, 0xffff, true)]
    [InlineData(0xfffe, 2, 0xfffd, true)]
    [InlineData(0xfffd, 2, 0xfffe, false)]
    [InlineData(5, 5, 5, false)]
    public void Event_isPast_asTheSpecificationComputesIt(
        int wanted, int newIndex, int oldIndex, bool expected) =>
        Assert.Equal(expected, Virtqueue.IsPast((ushort)wanted, (ushort)newIndex, (ushort)oldIndex));

    private static VirtioDriver Started(ulong features) =>
        VirtioDriver.Started((memory, loop) => new EchoDevice(memory, loop), features);

    private static EchoDevice Echo(VirtioDriver driver) => (EchoDevice)driver.Device;

    private static byte[] Bytes(VirtioDriver driver, ulong address, int length)
    {
        byte[] bytes = new byte[length];
        driver.Memory.Read(address, bytes);
        return bytes;
    }

    // The used event is not moved on, as TakeUsed does: the tests set it.
    private static void ServeOne(VirtioDriver driver, DriverQueue queue)
    {
        int served = Echo(driver).Served;
        queue.Add((0x800, 1, true));
        queue.Kick();
        driver.Pump();
        Assert.True(Echo(driver).Served > served);
    }
}
