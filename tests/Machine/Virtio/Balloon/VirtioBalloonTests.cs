using System.Buffers.Binary;
using KvmInterop.Machine.Virtio;
using KvmInterop.Machine.Virtio.Balloon;

namespace KvmInterop.Tests.Machine.Virtio.Balloon;

public sealed class VirtioBalloonTests
{
    [Fact]
    public void Balloon_target_isConfigurationAndNews()
    {
        using VirtioDriver driver = New(out VirtioBalloon balloon);
        balloon.SetTarget((10 * 4096) + 5);

        Assert.Equal([10, 0, 0, 0, 0, 0, 0, 0], driver.ReadConfiguration(0, 8));
        Assert.Equal(2u, driver.InterruptStatus);
        driver.Transport.Write(0x104, [3, 0, 0, 0]);
        Assert.Equal(3ul * 4096, balloon.Actual);
        Assert.Equal([10, 0, 0, 0, 3, 0, 0, 0], driver.ReadConfiguration(0, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => balloon.SetTarget(1ul << 44));
    }

    [Fact]
    public void Balloon_pagesThatAreGiven_areEmptied()
    {
        using VirtioDriver driver = New(out VirtioBalloon balloon);
        driver.Memory.Fill(0x8_0000, 0x4000, 0x55);
        driver.Queue(0).Request([.. Number(0x82), .. Number(0x81), .. Number(0x83)], 0, out _);

        Assert.Equal(0x55, driver.Memory.Read<byte>(0x8_0fff));
        byte[] empty = new byte[0x3000];
        driver.Memory.Read(0x8_1000, empty);
        Assert.All(empty, each => Assert.Equal(0, each));
        Assert.Equal(0x3000ul, balloon.Reclaimed);
        driver.Memory.Write(0x8_1000, (byte)1);
        driver.Queue(1).Request(Number(0x81), 0, out _);
        Assert.Equal(1, driver.Memory.Read<byte>(0x8_1000));
    }

    [Fact]
    public void Balloon_pagesThatAreNot_areLeftOut()
    {
        using VirtioDriver driver = New(out VirtioBalloon balloon);
        driver.Memory.Fill(0xf_f000, 0x1000, 0x55);
        driver.Queue(0).Request([.. Number(uint.MaxValue), .. Number(0x100), 1, 2, 3], 0, out _);
        Assert.Equal(0ul, balloon.Reclaimed);
        driver.Queue(0).Request([.. Number(0xff)], 0, out _);

        Assert.Equal(0x1000ul, balloon.Reclaimed);
        Assert.Equal(VirtioStatus.None, driver.Status & VirtioStatus.NeedsReset);
    }

    [Theory]
    [InlineData(ulong.MaxValue, 3)]
    [InlineData(VirtioFeatures.Version1 | (1ul << 5), 2)]
    public void Balloon_freePagesThatAreReported_areEmptied(ulong features, int queue)
    {
        using VirtioDriver driver = New(out VirtioBalloon balloon, features);
        driver.Memory.Fill(0x8_0000, 0x8000, 0x55);
        driver.Queue(queue).Add((0x8_0000, 0x2000, true), (0x8_4000, 0x1000, true), (0x8_6010, 0x1000, true));
        driver.Queue(queue).Kick();
        driver.Pump();

        Assert.NotNull(driver.Queue(queue).TakeUsed());
        Assert.Equal(0x3000ul, balloon.Reclaimed);
        Assert.Equal(0, driver.Memory.Read<byte>(0x8_1fff));
        Assert.Equal(0x55, driver.Memory.Read<byte>(0x8_2000));
        Assert.Equal(0x55, driver.Memory.Read<byte>(0x8_6010));
    }

    [Fact]
    public void Balloon_statistics_areAskedForByTheBufferThatComesBack()
    {
        using VirtioDriver driver = New(out VirtioBalloon balloon);
        int changes = 0;
        balloon.StatisticsChanged += () => changes++;
        ulong buffer = driver.Place([.. Statistic(4, 1000), .. Statistic(5, 2000), .. Statistic(77, 1), 1, 2]);
        driver.Queue(2).Add((buffer, 32, false));
        driver.Queue(2).Kick();
        driver.Pump();
        Assert.Null(driver.Queue(2).TakeUsed());
        Assert.Equal(1000ul, balloon.GetStatistic(BalloonStatistic.FreeMemory));
        Assert.Equal(2000ul, balloon.GetStatistic(BalloonStatistic.TotalMemory));
        Assert.Null(balloon.GetStatistic(BalloonStatistic.SwapIn));

        balloon.RequestStatistics();
        balloon.RequestStatistics();
        Assert.NotNull(driver.Queue(2).TakeUsed());
        Assert.Null(driver.Queue(2).TakeUsed());
        driver.Memory.Write(buffer + 2, 900ul);
        driver.Queue(2).Add((buffer, 32, false));
        driver.Queue(2).Kick();
        driver.Pump();
        Assert.Equal(900ul, balloon.GetStatistic(BalloonStatistic.FreeMemory));
        Assert.Equal(2, changes);
    }

    [Fact]
    public void Balloon_period_asksByItself()
    {
        using VirtioDriver driver = VirtioDriver.Started(
            (memory, loop) => new VirtioBalloon(memory, loop, TimeSpan.FromMilliseconds(5)));
        driver.Queue(2).Add((0x100, 10, false));
        driver.Queue(2).Kick();

        driver.PumpUntil(() => driver.Queue(2).TakeUsed() is not null);
    }

    private static VirtioDriver New(out VirtioBalloon balloon, ulong features = ulong.MaxValue)
    {
        VirtioBalloon? made = null;
        VirtioDriver driver = new((memory, loop) => made = new VirtioBalloon(memory, loop));
        driver.Start(features & made!.OfferedFeatures);
        balloon = made;
        return driver;
    }

    private static byte[] Number(uint page)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, page);
        return bytes;
    }

    private static byte[] Statistic(ushort tag, ulong value)
    {
        byte[] bytes = new byte[10];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, tag);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(2), value);
        return bytes;
    }
}
