using System.Buffers.Binary;
using KvmInterop.Machine.Virtio;
using KvmInterop.Machine.Virtio.Balloon;
using KvmInterop.Machine.Virtio.Console;
using KvmInterop.Machine.Virtio.Vsock;
using KvmInterop.Tests.Machine.Virtio.Console;

namespace KvmInterop.Tests.Machine.Virtio;

/// <summary>
/// Queues in which there is always one chain more, of no use, however many the device takes: what another vCPU
/// can bring about at any time is made here of rings that lie on each other, so that the device itself makes the
/// next chain available as it gives one back. The device's thread takes a bounded number at a time.
/// </summary>
public sealed class EndlessQueueTests
{
    private const int Size = 8;

    [Fact]
    public void Console_buffersWithoutRoom_endATurn()
    {
        using VirtioDriver driver = new((memory, loop) => new VirtioConsole(
            memory, loop, new VirtioConsoleTests.Output()));
        DriverQueue rings = Start(driver, endless: 0);
        ((VirtioConsole)driver.Device).Receive(0, "never to be had"u8);

        CheckThatTurnsEnd(driver, rings);
    }

    [Fact]
    public void Balloon_statisticsWithoutEnd_endATurn()
    {
        using VirtioDriver driver = new((memory, loop) => new VirtioBalloon(memory, loop));

        // The device keeps one chain and gives the one before back.
        DriverQueue rings = Start(driver, endless: 2, ahead: 2);
        driver.Write(VirtioMmioRegister.QueueNotify, 2);

        CheckThatTurnsEnd(driver, rings);
    }

    [Fact]
    public void Vsock_buffersWithoutRoom_endATurn()
    {
        string path = Path.Combine(Path.GetTempPath(), $"kvm-vsock-{Guid.NewGuid():n}");
        using VirtioDriver driver = new((memory, loop) => new VirtioVsock(memory, loop, 3, path));
        DriverQueue rings = Start(driver, endless: 0);

        // A packet of no connection, which is to be answered with a reset.
        byte[] packet = new byte[44];
        packet[0] = 3;
        packet[8] = 2;
        packet[28] = 1;
        packet[30] = 5;
        driver.Queue(1).Add((driver.Place(packet), packet.Length, false));
        driver.Queue(1).Kick();

        CheckThatTurnsEnd(driver, rings);
    }

    // Everything as it should be but for one queue, whose two rings are at the same place, and whose used index is
    // ahead: only a state from somebody else says so.
    private static DriverQueue Start(VirtioDriver driver, int endless, ushort ahead = 1)
    {
        driver.Start(driver.Device.OfferedFeatures & ~VirtioFeatures.EventIndex, Size);
        DriverQueue queue = new(driver, endless, Size);
        byte[] state = driver.Transport.Save();
        int device = 1 + state[0] + sizeof(ushort) + sizeof(uint);
        const int CommonBytes = 25, QueueBytes = 34, Available = 10, Used = 18, Indices = 28;
        int place = device + 1 + state[device] + sizeof(ushort) + CommonBytes + (endless * QueueBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(state.AsSpan(place + Available), queue.Used);
        BinaryPrimitives.WriteUInt64LittleEndian(state.AsSpan(place + Used), queue.Used);
        BinaryPrimitives.WriteUInt16LittleEndian(state.AsSpan(place + Indices + 2), ahead);
        driver.Memory.Write(queue.Used + 2, ahead);
        driver.Transport.Restore(state);
        return queue;
    }

    private static void CheckThatTurnsEnd(VirtioDriver driver, DriverQueue rings)
    {
        const int Turns = 4;
        Task turns = Task.Run(() =>
        {
            for (int i = 0; i < Turns; i++)
            {
                driver.Loop.RunOnce(TimeSpan.Zero);
            }
        });
        bool haveEnded = turns.Wait(TimeSpan.FromMinutes(1));
        ushort used = driver.Memory.ReadVolatile<ushort>(rings.Used + 2);

        // Ends a turn that does not end by itself: more chains than there are entries.
        driver.Memory.WriteVolatile(rings.Used + 2, (ushort)(used + 0x4000));
        turns.Wait(TimeSpan.FromMinutes(1));

        // Each turn may serve all queues, each once.
        Assert.True(haveEnded, "the device's thread does not come back");
        Assert.InRange(used, (ushort)3, (ushort)(2 + (Turns * driver.Device.QueueCount * Size)));
    }
}
