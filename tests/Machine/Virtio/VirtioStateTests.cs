using KvmInterop.Machine.Virtio;
using KvmInterop.Machine.Virtio.Block;
using KvmInterop.Machine.Virtio.Console;
using KvmInterop.Tests.Machine.Virtio.Block;
using KvmInterop.Tests.Machine.Virtio.Console;

namespace KvmInterop.Tests.Machine.Virtio;

/// <summary>Devices that are saved in the middle of their work and go on in another object.</summary>
public sealed class VirtioStateTests
{
    [Fact]
    public void Device_restoredWithItsMemory_goesOnWhereItWas()
    {
        using VirtioDriver first = VirtioDriver.Started((memory, loop) => new EchoDevice(memory, loop));
        for (byte i = 0; i < 11; i++)
        {
            first.Queue(0).Request([i], 1, out _);
        }

        // One more is under way, with an interrupt that nobody has taken.
        ulong input = first.Place([0x33]);
        ulong output = first.Allocate(1);
        first.Device.Pause();
        ushort head = first.Queue(0).Add((input, 1, false), (output, 1, true));
        first.Queue(0).Kick();
        first.Pump();
        byte[] state = first.Transport.Save();
        byte[] memory = new byte[VirtioDriver.MemorySize];
        first.Memory.Read(0, memory);

        using VirtioDriver second = new((guest, loop) => new EchoDevice(guest, loop));
        second.Memory.Write(0, memory);
        second.Transport.Restore(state);
        Assert.Equal(first.Status, second.Status);
        Assert.True(second.Line.Level);
        second.Pump();

        Assert.Equal((byte)0xcc, second.Memory.Read<byte>(output));
        ulong used = first.Queue(0).Used;
        Assert.Equal(12, second.Memory.Read<ushort>(used + 2));
        Assert.Equal(head, second.Memory.Read<uint>(used + 4 + (8 * (11 % 8))));
        Assert.Equal(second.Transport.Save().Length, state.Length);
    }

    [Fact]
    public void Device_restoredIntoPausedOne_waits()
    {
        using VirtioDriver first = VirtioDriver.Started((memory, loop) => new EchoDevice(memory, loop));
        first.Device.Pause();
        first.Queue(0).Add((0x100, 1, true));
        byte[] state = first.Transport.Save();
        byte[] memory = new byte[VirtioDriver.MemorySize];
        first.Memory.Read(0, memory);
        using VirtioDriver second = new((guest, loop) => new EchoDevice(guest, loop));
        second.Memory.Write(0, memory);
        second.Device.Pause();
        second.Transport.Restore(state);
        second.Pump();
        Assert.Equal(0, ((EchoDevice)second.Device).Served);

        second.Device.Resume();
        second.Pump();
        Assert.Equal(1, ((EchoDevice)second.Device).Served);
    }

    [Fact]
    public void State_ofAnotherDevice_isRefusedAndNothingIsSet()
    {
        using TemporaryFile file = new(4096);
        using VirtioDriver echo = VirtioDriver.Started((memory, loop) => new EchoDevice(memory, loop));
        using VirtioDriver disk = VirtioDriver.Started(
            (memory, loop) => new VirtioBlock(memory, loop, RawBlockImage.Open(file.Path)));
        byte[] before = disk.Transport.Save();

        Assert.Throws<StateException>(() => disk.Transport.Restore(echo.Transport.Save()));

        Assert.Equal(before, disk.Transport.Save());
    }

    [Fact]
    public void State_anyChange_isRefusedOrHarmless()
    {
        using VirtioDriver driver = VirtioDriver.Started((memory, loop) => new VirtioConsole(
            memory, loop, new VirtioConsoleTests.Output()));
        ((VirtioConsole)driver.Device).Receive(0, "waiting"u8);
        driver.Pump();
        byte[] state = driver.Transport.Save();
        int refused = 0;
        for (int i = 0; i < state.Length; i++)
        {
            foreach (byte value in (byte[])[0, 1, 0x7f, 0x80, 0xff])
            {
                byte[] changed = [.. state];
                changed[i] = value;
                using VirtioDriver other = new((memory, loop) => new VirtioConsole(
                    memory, loop, new VirtioConsoleTests.Output()));
                try
                {
                    other.Transport.Restore(changed);
                }
                catch (StateException)
                {
                    refused++;
                }

                other.Pump();
            }

            Assert.Throws<StateException>(() => driver.Transport.Restore(state.AsSpan(0, i)));
        }

        Assert.True(refused > 0);
        driver.Transport.Restore(state);
        driver.Queue(0).Add((0x100, 64, true));
        driver.Queue(0).Kick();
        driver.Pump();
        Assert.Equal(7u, driver.Queue(0).TakeUsed()!.Value.Length);
    }
}
