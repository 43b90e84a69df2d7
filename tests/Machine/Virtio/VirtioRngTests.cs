using KvmInterop.Machine.Virtio;
using KvmInterop.Machine.Virtio.Rng;

namespace KvmInterop.Tests.Machine.Virtio;

public sealed class VirtioRngTests
{
    [Fact]
    public void Rng_request_isFilledOverAllBuffers()
    {
        using VirtioDriver driver = VirtioDriver.Started(
            (memory, loop) => new VirtioRng(memory, loop, bytes => bytes.Fill(0x5a)));
        DriverQueue queue = driver.Queue(0);
        ulong buffer = driver.Allocate(1002);
        queue.Add((buffer + 1, 400, true), (buffer + 401, 600, true));
        queue.Kick();
        driver.Pump();

        Assert.Equal((0u, 1000u), queue.TakeUsed());
        byte[] bytes = new byte[1002];
        driver.Memory.Read(buffer, bytes);
        Assert.Equal([0, .. Enumerable.Repeat((byte)0x5a, 1000), 0], bytes);
    }

    [Fact]
    public void Rng_hostsGenerator_neverGivesTheSameTwice()
    {
        using VirtioDriver driver = VirtioDriver.Started((memory, loop) => new VirtioRng(memory, loop));

        byte[] first = driver.Queue(0).Request([], 32, out uint written);
        byte[] second = driver.Queue(0).Request([], 32, out _);

        Assert.Equal(32u, written);
        Assert.NotEqual(first, second);
    }

    [Fact]
    public void Rng_hugeRequest_isFilledInPart()
    {
        int asked = 0;
        using VirtioDriver driver = VirtioDriver.Started(
            (memory, loop) => new VirtioRng(memory, loop, bytes => asked += bytes.Length));
        driver.Queue(0).Add((0, 0x10_0000, true));
        driver.Queue(0).Kick();
        driver.Pump();

        Assert.Equal((0u, 65536u), driver.Queue(0).TakeUsed());
        Assert.Equal(65536, asked);
    }

    [Fact]
    public void Rng_requestWithoutRoom_comesBackEmpty()
    {
        using VirtioDriver driver = VirtioDriver.Started((memory, loop) => new VirtioRng(memory, loop));
        driver.Queue(0).Add((0x100, 8, false));
        driver.Queue(0).Kick();
        driver.Pump();

        Assert.Equal((0u, 0u), driver.Queue(0).TakeUsed());
        Assert.Equal(VirtioStatus.None, driver.Status & VirtioStatus.NeedsReset);
    }
}
