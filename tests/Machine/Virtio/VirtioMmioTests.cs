using KvmInterop.Machine.Virtio;
using Register = KvmInterop.Machine.Virtio.VirtioMmioRegister;

namespace KvmInterop.Tests.Machine.Virtio;

/// <summary>Registers over MMIO, feature negotiation, status and configuration.</summary>
public sealed class VirtioMmioTests
{
    [Fact]
    public void Registers_identify_asTheSpecificationSays()
    {
        using VirtioDriver driver = NewDriver();

        Assert.Equal(0x74726976u, driver.Read(Register.MagicValue));
        Assert.Equal(2u, driver.Read(Register.Version));
        Assert.Equal(4u, driver.Read(Register.DeviceId));
        Assert.Equal(16u, driver.Read(Register.QueueNumMax));
        driver.Write(Register.QueueSelect, 1);
        Assert.Equal(0u, driver.Read(Register.QueueNumMax));
        Assert.Equal(uint.MaxValue, driver.Read(Register.SharedMemoryLengthLow));
    }

    [Fact]
    public void Registers_features_areOfferedInHalves()
    {
        using VirtioDriver driver = NewDriver();
        driver.Write(Register.DeviceFeaturesSelect, 0);
        Assert.Equal(0x3000_0001u, driver.Read(Register.DeviceFeatures));
        driver.Write(Register.DeviceFeaturesSelect, 1);
        Assert.Equal(1u, driver.Read(Register.DeviceFeatures));
        driver.Write(Register.DeviceFeaturesSelect, 2);
        Assert.Equal(0u, driver.Read(Register.DeviceFeatures));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(EchoDevice.Feature, false)]
    [InlineData(VirtioFeatures.Version1, true)]
    [InlineData(VirtioFeatures.Version1 | EchoDevice.Feature, true)]
    [InlineData(VirtioFeatures.Version1 | 2, false)]
    [InlineData(VirtioFeatures.Version1 | (1UL << 63), false)]
    public void Features_choice_isAgreedOnIfItIsOfferedAndModern(ulong features, bool expected)
    {
        using VirtioDriver driver = NewDriver();

        Assert.Equal(expected, driver.Negotiate(features));
    }

    [Fact]
    public void Features_afterFeaturesOk_cannotBeChanged()
    {
        using VirtioDriver driver = NewDriver();
        driver.Negotiate(VirtioFeatures.Version1);
        driver.Write(Register.DriverFeaturesSelect, 0);
        driver.Write(Register.DriverFeatures, uint.MaxValue);

        Assert.Equal(VirtioFeatures.Version1, driver.Device.Features);
    }

    [Fact]
    public void Status_driverOkWithoutFeaturesOk_isNotTaken()
    {
        using VirtioDriver driver = NewDriver();
        driver.Write(Register.Status, 4);

        Assert.Equal(VirtioStatus.None, driver.Status);
        Assert.Equal(0, Echo(driver).Starts);
    }

    [Fact]
    public void Status_bitsAreTakenBackByAResetOnly()
    {
        using VirtioDriver driver = NewDriver();
        driver.Start();
        driver.Write(Register.Status, 1);
        Assert.Equal(15, (int)driver.Status);

        // Bits of the device's, and of nobody's, cannot be set.
        driver.Write(Register.Status, 0xff);
        Assert.Equal(15 | 128, (int)driver.Status);

        driver.Write(Register.Status, 0);
        Assert.Equal(VirtioStatus.None, driver.Status);
        Assert.Equal(0u, driver.Read(Register.QueueReady));
        Assert.True(Echo(driver).Resets > 0);
    }

    [Fact]
    public void Bell_beforeDriverOk_isServedAfterIt()
    {
        using VirtioDriver driver = NewDriver();
        driver.Negotiate(driver.Device.OfferedFeatures);
        DriverQueue queue = driver.SetUpQueue(0, 8);
        queue.Add((0x100, 1, true));
        queue.Kick();
        driver.Pump();
        Assert.Null(queue.TakeUsed());

        driver.AddStatus(VirtioStatus.DriverOk);
        driver.Pump();
        Assert.NotNull(queue.TakeUsed());
    }

    [Fact]
    public void Bell_ofNoQueue_isDropped()
    {
        using VirtioDriver driver = NewDriver();
        driver.Start();
        driver.Write(Register.QueueNotify, 1);
        driver.Write(Register.QueueNotify, uint.MaxValue);
        driver.Pump();

        Assert.Equal(VirtioStatus.DriverOk, driver.Status & (VirtioStatus.DriverOk | VirtioStatus.NeedsReset));
    }

    [Fact]
    public void Queue_inUse_keepsItsSetUp()
    {
        using VirtioDriver driver = NewDriver();
        driver.Start();
        driver.Write(Register.QueueNum, 4);
        driver.Write(Register.QueueDescLow, 0);
        driver.Write(Register.QueueDescLow + 4, 1);

        Assert.Equal([0xfe], driver.Queue(0).Request([1], 1, out _));
    }

    [Fact]
    public void Queue_takenAwayByTheDriver_beginsAnew()
    {
        using VirtioDriver driver = NewDriver();
        driver.Start();
        driver.Queue(0).Request([1], 1, out _);
        driver.Write(Register.QueueReady, 0);
        DriverQueue again = driver.SetUpQueue(0, 4);

        Assert.Equal([0xfc], again.Request([3], 1, out _));
    }

    [Fact]
    public void Interrupt_bitSetWhileAnotherIsAcknowledged_isANewEdge()
    {
        using VirtioDriver driver = NewDriver();
        driver.Start();
        driver.Queue(0).Request([1], 1, out _);
        uint seen = driver.InterruptStatus;
        Echo(driver).ChangeConfiguration(0, 9);
        int edges = driver.Line.Edges;
        driver.Write(Register.InterruptAcknowledge, seen);

        Assert.Equal(2u, driver.InterruptStatus);
        Assert.Equal(edges + 1, driver.Line.Edges);
        Assert.True(driver.Line.Level);
        driver.TakeInterrupts();
        Assert.False(driver.Line.Level);
    }

    [Fact]
    public void Configuration_reads_takeAnyWidthAndEndInZeros()
    {
        using VirtioDriver driver = NewDriver();

        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], driver.ReadConfiguration(0, 8));
        Assert.Equal([4, 5, 6], driver.ReadConfiguration(3, 3));
        Assert.Equal([8, 0, 0, 0], driver.ReadConfiguration(7, 4));
        Assert.Equal([0, 0], driver.ReadConfiguration(0xfe, 2));
    }

    [Fact]
    public void Configuration_change_hasANewGenerationAndInterrupts()
    {
        using VirtioDriver driver = NewDriver();
        driver.Start();
        uint generation = driver.Read(Register.ConfigGeneration);
        Echo(driver).ChangeConfiguration(2, 0x77);

        Assert.NotEqual(generation, driver.Read(Register.ConfigGeneration));
        Assert.Equal(2u, driver.InterruptStatus);
        Assert.Equal([0x77], driver.ReadConfiguration(2, 1));
    }

    [Fact]
    public void Configuration_writes_reachTheDeviceIfTheyEndInside()
    {
        using VirtioDriver driver = NewDriver();
        driver.Transport.Write(Register.Configuration + 6, [1, 2, 3]);
        Assert.Null(Echo(driver).Configured);

        driver.Transport.Write(Register.Configuration + 6, [1, 2]);
        Assert.Equal(6, Echo(driver).Configured?.Offset);
        Assert.Equal([1, 2], Echo(driver).Configured?.Data);
    }

    [Fact]
    public void Registers_otherWidthsAndPlaces_areHarmless()
    {
        using VirtioDriver driver = NewDriver();
        driver.Start();
        byte[] data = new byte[8];
        for (ulong offset = 0; offset < VirtioMmioTransport.Size; offset++)
        {
            foreach (int width in (int[])[1, 2, 3, 5, 8])
            {
                if (offset + (ulong)width <= VirtioMmioTransport.Size)
                {
                    driver.Transport.Read(offset, data.AsSpan(0, width));
                    driver.Transport.Write(offset, data.AsSpan(0, width));
                }
            }

            if (offset % 4 != 0 && offset < Register.Configuration)
            {
                driver.Read(offset);
                driver.Write(offset, uint.MaxValue);
            }
        }

        Assert.Equal([0xfe], driver.Queue(0).Request([1], 1, out _));
    }

    [Fact]
    public void Device_paused_servesNothingUntilItGoesOn()
    {
        using VirtioDriver driver = NewDriver();
        driver.Start();
        driver.Device.Pause();
        driver.Queue(0).Add((0x100, 1, true));
        driver.Queue(0).Kick();
        driver.Pump();
        Assert.Null(driver.Queue(0).TakeUsed());

        driver.Device.Resume();
        driver.Pump();
        Assert.NotNull(driver.Queue(0).TakeUsed());
    }

    [Fact]
    public void Device_secondTransport_isRefused()
    {
        using VirtioDriver driver = NewDriver();

        Assert.Throws<InvalidOperationException>(
            () => new VirtioMmioTransport(driver.Device, InterruptLines.None));
    }

    private static VirtioDriver NewDriver() => new((memory, loop) => new EchoDevice(memory, loop));

    private static EchoDevice Echo(VirtioDriver driver) => (EchoDevice)driver.Device;
}
