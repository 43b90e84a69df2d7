using KvmInterop.Machine.Virtio;
using Register = KvmInterop.Machine.Virtio.VirtioMmioRegister;

namespace KvmInterop.Tests.Machine.Virtio;

/// <summary>Queues with a driver that does all wrong: the device asks for a reset, and works after it.</summary>
public sealed class HostileQueueTests
{
    private const ulong Beyond = VirtioDriver.MemorySize;

    public static TheoryData<string> Mischiefs() => [.. Mischief.Keys];

    private static readonly Dictionary<string, Action<VirtioDriver, DriverQueue>> Mischief = new()
    {
        ["head beyond the table"] = (_, q) => q.Offer(8),
        ["head of 65535"] = (_, q) => q.Offer(ushort.MaxValue),
        ["next beyond the table"] = (_, q) => Chain(q, (0x100, 1, DriverQueue.Next, 8)),
        ["descriptor that is its own next"] = (_, q) => Chain(q, (0x100, 1, DriverQueue.Next, 0)),
        ["loop of two"] = (_, q) => Chain(
            q, (0x100, 1, DriverQueue.Next, 1), (0x100, 1, DriverQueue.Next, 0)),
        ["loop of empty buffers"] = (_, q) => Chain(
            q, (0, 0, DriverQueue.Next, 1), (0, 0, DriverQueue.Next, 0)),
        ["buffer beyond memory"] = (_, q) => Chain(q, (Beyond, 1, 0, 0)),
        ["buffer over the end of memory"] = (_, q) => Chain(q, (Beyond - 1, 2, DriverQueue.Write, 0)),
        ["address and length that wrap"] = (_, q) => Chain(q, (ulong.MaxValue, 2, 0, 0)),
        ["length of 4 GiB"] = (_, q) => Chain(q, (0, uint.MaxValue, DriverQueue.Write, 0)),
        ["readable after writable"] = (_, q) => Chain(
            q, (0x100, 1, DriverQueue.Write | DriverQueue.Next, 1), (0x100, 1, 0, 0)),
        ["more available than entries"] = (_, q) => q.SetAvailableIndex(9),
        ["available index that goes back"] = (_, q) => q.SetAvailableIndex(ushort.MaxValue),
        ["empty indirect table"] = (_, q) => Chain(q, (0x800, 0, DriverQueue.Indirect, 0)),
        ["indirect table of a half"] = (_, q) => Chain(q, (0x800, 24, DriverQueue.Indirect, 0)),
        ["indirect table beyond memory"] = (_, q) => Chain(q, (Beyond - 16, 32, DriverQueue.Indirect, 0)),
        ["indirect table that wraps"] = (_, q) => Chain(q, (ulong.MaxValue - 15, 32, DriverQueue.Indirect, 0)),
        ["indirect with a next"] = (_, q) => Chain(
            q, (0x800, 16, DriverQueue.Indirect | DriverQueue.Next, 1), (0x100, 1, 0, 0)),
        ["indirect inside indirect"] = (_, q) =>
        {
            q.Describe(0x800UL, 0, 0x800, 16, DriverQueue.Indirect);
            Chain(q, (0x800, 16, DriverQueue.Indirect, 0));
        },
        ["next beyond an indirect table"] = (_, q) =>
        {
            q.Describe(0x800UL, 0, 0x100, 1, DriverQueue.Next, 1);
            Chain(q, (0x800, 16, DriverQueue.Indirect, 0));
        },
        ["loop in an indirect table"] = (_, q) =>
        {
            q.Describe(0x800UL, 0, 0x100, 1, DriverQueue.Next, 1);
            q.Describe(0x800UL, 1, 0x100, 1, DriverQueue.Next, 0);
            Chain(q, (0x800, 32, DriverQueue.Indirect, 0));
        },
        ["indirect table with more buffers than the device takes"] = (d, q) =>
        {
            ulong table = d.Allocate(16 * 64);
            for (int i = 0; i < 64; i++)
            {
                q.Describe(table, i, 0x100, 1, DriverQueue.Next, (ushort)(i + 1));
            }

            Chain(q, (table, 16 * 64, DriverQueue.Indirect, 0));
        },
        ["indirect table of 4 GiB"] = (_, q) => Chain(q, (0, 0xffff_fff0, DriverQueue.Indirect, 0)),
        ["total length of 4 GiB"] = (d, q) =>
        {
            // 256 MiB that cost nothing, 16 times.
            d.Memory.Add(0x4000_0000, 0x1000_0000);
            ulong table = d.Allocate(16 * 16);
            for (int i = 0; i < 16; i++)
            {
                q.Describe(
                    table, i, 0x4000_0000, 0x1000_0000, (ushort)(i < 15 ? DriverQueue.Next : 0), (ushort)(i + 1));
            }

            Chain(q, (table, 16 * 16, DriverQueue.Indirect, 0));
        },
    };

    [Theory]
    [MemberData(nameof(Mischiefs))]
    public void Queue_brokenByTheDriver_needsResetAndWorksAfterIt(string mischief)
    {
        using VirtioDriver driver = VirtioDriver.Started((memory, loop) => new EchoDevice(memory, loop));
        DriverQueue queue = driver.Queue(0);

        Mischief[mischief](driver, queue);
        queue.Kick();
        driver.Pump();

        Assert.Null(queue.TakeUsed());
        Assert.True((driver.Status & VirtioStatus.NeedsReset) != 0);
        Assert.True(driver.Line.Level);
        Assert.Equal(2u, driver.InterruptStatus);

        // Nothing is served any more, until the reset.
        queue.Add((0x100, 1, false));
        queue.Kick();
        driver.Pump();
        Assert.Null(queue.TakeUsed());

        driver.Start();
        Assert.False(driver.Line.Level);
        Assert.Equal([0xfe], driver.Queue(0).Request([1], 1, out _));
    }

    [Fact]
    public void Queue_indirectWithoutTheFeature_needsReset()
    {
        using VirtioDriver driver = VirtioDriver.Started(
            (memory, loop) => new EchoDevice(memory, loop), VirtioFeatures.Version1);
        driver.Queue(0).Describe(0x800UL, 0, 0x100, 1);
        Chain(driver.Queue(0), (0x800, 16, DriverQueue.Indirect, 0));
        driver.Queue(0).Kick();
        driver.Pump();

        Assert.True((driver.Status & VirtioStatus.NeedsReset) != 0);
    }

    [Theory]
    [InlineData(0x1008, 0x2000, 0x3000, 8)]
    [InlineData(0x1000, 0x2001, 0x3000, 8)]
    [InlineData(0x1000, 0x2000, 0x3002, 8)]
    [InlineData(Beyond, 0x2000, 0x3000, 8)]
    [InlineData(0x1000, Beyond - 4, 0x3000, 8)]
    [InlineData(0x1000, 0x2000, Beyond - 8, 8)]
    [InlineData(0xffff_ffff_ffff_fff0, 0x2000, 0x3000, 8)]
    [InlineData(0x1000, 0x2000, 0x3000, 0)]
    [InlineData(0x1000, 0x2000, 0x3000, 3)]
    [InlineData(0x1000, 0x2000, 0x3000, 32)]
    [InlineData(0x1000, 0x2000, 0x3000, -1)]
    public void Queue_setUpWrongly_isNotTakenAndTheDeviceNeedsReset(
        ulong descriptors, ulong available, ulong used, int size)
    {
        using VirtioDriver driver = new((memory, loop) => new EchoDevice(memory, loop));
        Assert.True(driver.Negotiate(driver.Device.OfferedFeatures));

        driver.SetUpQueue(0, size, descriptors, available, used);

        Assert.Equal(0u, driver.Read(Register.QueueReady));
        Assert.True((driver.Status & VirtioStatus.NeedsReset) != 0);
        driver.AddStatus(VirtioStatus.DriverOk);
        driver.Write(Register.QueueNotify, 0);
        driver.Pump();
        Assert.Equal(0, ((EchoDevice)driver.Device).Served);
    }

    [Fact]
    public void Queue_memoryRemovedUnderIt_needsReset()
    {
        using VirtioDriver driver = new((memory, loop) => new EchoDevice(memory, loop));
        GuestMemoryRegion region = driver.Memory.Add(0x20_0000, 0x1_0000);
        driver.Negotiate(driver.Device.OfferedFeatures);
        driver.SetUpQueue(0, 8, 0x20_0000, 0x20_1000, 0x20_2000);
        driver.AddStatus(VirtioStatus.DriverOk);
        driver.Memory.Remove(region);

        driver.Write(Register.QueueNotify, 0);
        driver.Pump();

        Assert.True((driver.Status & VirtioStatus.NeedsReset) != 0);
    }

    [Fact]
    public async Task Queue_ringsChangedWhileServed_neverCrashes()
    {
        using VirtioDriver driver = VirtioDriver.Started((memory, loop) => new EchoDevice(memory, loop));
        using CancellationTokenSource end = new(TimeSpan.FromSeconds(60));
        DriverQueue queue = driver.Queue(0);
        Task scribbler = Task.Run(() =>
        {
            Random random = new(5);
            byte[] noise = new byte[64];
            while (!end.IsCancellationRequested)
            {
                random.NextBytes(noise);

                // Small numbers, so that many chains are nearly right.
                for (int i = 0; i < noise.Length; i++)
                {
                    noise[i] &= (byte)(i % 16 is 0 or 8 or 12 or 14 ? 0x07 : 0);
                }

                driver.Memory.Write(queue.Descriptors + (16 * (ulong)random.Next(5)), noise);
                driver.Memory.Write(queue.Available + 4, noise.AsSpan(0, 16));
            }
        });
        int broken = 0;

        // The scribbler may begin late, and be the only one that makes a chain or spoils one.
        for (int i = 0; i < 20_000 || broken == 0 || ((EchoDevice)driver.Device).Served == 0; i++)
        {
            end.Token.ThrowIfCancellationRequested();
            queue.Offer((ushort)(i % 8));
            queue.Kick();
            driver.Pump();
            if ((driver.Status & VirtioStatus.NeedsReset) != 0)
            {
                broken++;
                Assert.True(driver.Negotiate(driver.Device.OfferedFeatures));
                driver.SetUpQueue(0, 8, queue.Descriptors, queue.Available, queue.Used);
                queue.SetAvailableIndex(0);
                driver.AddStatus(VirtioStatus.DriverOk);
            }
        }

        await end.CancelAsync();
        await scribbler;
    }

    [Fact]
    public async Task Queue_resetWhileServed_isNotTouchedAfterIt()
    {
        using VirtioDriver driver = new((memory, loop) => new EchoDevice(memory, loop));
        Task running = driver.Loop.Start();
        byte[] clean = new byte[6 + (8 * 8)];
        for (int i = 0; i < 500; i++)
        {
            Assert.True(driver.Negotiate(driver.Device.OfferedFeatures));
            DriverQueue queue = new(driver, 0, 8);
            driver.SetUpQueue(0, 8, queue.Descriptors, queue.Available, queue.Used);
            driver.AddStatus(VirtioStatus.DriverOk);
            for (int n = 0; n < 8; n++)
            {
                queue.Add((0x100, 16, false), (0x200, 16, true));
                queue.Kick();
            }

            driver.Write(Register.Status, 0);
            Assert.Equal(VirtioStatus.None, driver.Status);
            driver.Memory.Write(queue.Used, clean);
            byte[] after = new byte[clean.Length];
            Thread.Yield();
            driver.Memory.Read(queue.Used, after);
            Assert.Equal(clean, after);
        }

        driver.Loop.Stop();
        await running;
    }

    private static void Chain(
        DriverQueue queue, params (ulong Address, uint Length, int Flags, int Next)[] descriptors)
    {
        for (int i = 0; i < descriptors.Length; i++)
        {
            queue.Describe(
                i, descriptors[i].Address, descriptors[i].Length, (ushort)descriptors[i].Flags,
                (ushort)descriptors[i].Next);
        }

        queue.Offer(0);
    }
}
