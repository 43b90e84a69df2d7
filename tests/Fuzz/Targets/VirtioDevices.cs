using System.Buffers.Binary;
using KvmInterop.Machine.Virtio;
using KvmInterop.Machine.Virtio.Block;
using KvmInterop.Machine.Virtio.Console;
using KvmInterop.Machine.Virtio.Net;
using KvmInterop.Machine.Virtio.Rng;

namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>A target for each virtio device.</summary>
internal static class VirtioDevices
{
    private const int DiskSectors = 64;

    public static FuzzTarget Rng(string name) => new VirtioTarget(
        name, (memory, loop, _) => new VirtioRig(new VirtioRng(memory, loop, data => data.Fill(1))),
        static (script, _, destination) => script.Byte() % destination.Length);

    public static FuzzTarget Block(string name) => new VirtioTarget(
        name, (memory, loop, _) => new VirtioRig(new VirtioBlock(
            memory, loop, new MemoryImage(DiskSectors), new VirtioBlockOptions { QueueCount = 2 })),
        BlockRequest);

    /// <summary>By PCI, as a PC has it; the others come by MMIO.</summary>
    public static FuzzTarget PciBlock(string name) => new VirtioTarget(
        name, (memory, loop, _) => new VirtioRig(new VirtioBlock(
            memory, loop, new MemoryImage(DiskSectors), new VirtioBlockOptions { QueueCount = 2 })),
        BlockRequest)
    {
        Transport = static (device, host) => new VirtioPciPort(device, host),
    };

    public static FuzzTarget BlockOverlay(string name) => new VirtioTarget(
        name, (memory, loop, _) => new VirtioRig(new VirtioBlock(
            memory, loop, OverlayBlockImage.Temporary(new MemoryImage(DiskSectors, isReadOnly: true)))),
        BlockRequest);

    public static FuzzTarget Net(string name) => new VirtioTarget(
        name, (memory, loop, _) =>
        {
            Cable cable = new();
            MacAddress address = MacAddress.Parse("52:54:00:12:34:56");
            return new VirtioRig(new VirtioNet(memory, loop, cable, address, mtu: 1500), cable.Happen);
        },
        NetRequest);

    public static FuzzTarget Console(string name) => new VirtioTarget(
        name, (memory, loop, host) =>
        {
            VirtioConsole device = new(
                memory, loop,
                [
                    new VirtioConsolePortOptions(host), new VirtioConsolePortOptions(host, "agent", false),
                    new VirtioConsolePortOptions(host, "log", false),
                ]);
            return new VirtioRig(device, script => ConsoleEvent(device, script));
        },
        ConsoleRequest);

    /// <summary>A header of 12 bytes (5.1.6), then a frame.</summary>
    public static int NetRequest(FuzzScript script, int queue, Span<byte> destination)
    {
        const int HeaderSize = 12;
        if (script.Byte() < 64)
        {
            script.Fill(destination[..HeaderSize]);
        }

        return script.Byte() < 224 ? HeaderSize + script.Byte() : script.Byte() % HeaderSize;
    }

    /// <summary>A control message (5.3.6.2): port, event, value. Of other queues it is text.</summary>
    private static int ConsoleRequest(FuzzScript script, int queue, Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, script.SmallOrAny(3));
        BinaryPrimitives.WriteUInt16LittleEndian(destination[4..], script.SmallOrAny(7));
        BinaryPrimitives.WriteUInt16LittleEndian(destination[6..], script.SmallOrAny(1));
        return script.Byte() < 224 ? 8 : script.Byte();
    }

    private static void ConsoleEvent(VirtioConsole device, FuzzScript script)
    {
        int port = script.Below(3);
        switch (script.Byte() & 3)
        {
            case 0:
                device.Resize(script.SmallOrAny(255), script.SmallOrAny(255));
                break;
            case 1:
                device.SetOpen(port, script.Byte() % 2 == 0);
                break;
            default:
                byte[] data = new byte[script.Byte() * 4];
                script.Fill(data);
                device.Receive(port, data);
                break;
        }
    }

    /// <summary>Type, sector and what belongs to it (virtio 1.2, 5.2.6).</summary>
    private static int BlockRequest(FuzzScript script, int queue, Span<byte> destination)
    {
        const int HeaderSize = 16;
        uint type = script.Byte() < 240 ? script.Byte() % 16u : (uint)script.AnyNumber();
        ulong sector = script.Byte() < 224 ? script.Number(1) % (DiskSectors + 2) : script.AnyNumber();
        BinaryPrimitives.WriteUInt32LittleEndian(destination, type);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], sector);

        // Discard and write-zeroes have segments behind it, a write has sectors.
        Span<byte> rest = destination[HeaderSize..];
        for (int i = 0; i < 3; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(rest[(16 * i)..], script.Number(1) % (DiskSectors + 2));
            BinaryPrimitives.WriteUInt32LittleEndian(rest[((16 * i) + 8)..], script.Byte() % 9u);
            BinaryPrimitives.WriteUInt32LittleEndian(rest[((16 * i) + 12)..], script.Byte() % 3u);
        }

        int length = script.Byte() < 224 ? 16 * (script.Byte() % 5) : script.Byte();
        return HeaderSize + length;
    }

    /// <summary>The other end of a network card's cable.</summary>
    private sealed class Cable : NetworkPort
    {
        private readonly Queue<byte[]> incoming = new();
        private bool isUp = true;
        private bool isFull;
        private INetworkCard? card;

        public override bool IsUp => isUp;

        public override void Open(INetworkCard card) => this.card = card;

        public override int Receive(Span<byte> frame)
        {
            if (!incoming.TryDequeue(out byte[]? next))
            {
                return 0;
            }

            next.CopyTo(frame);
            return next.Length;
        }

        public override bool TrySend(ReadOnlySpan<byte> frame) => frame.Length <= LongestFrame
            ? !isFull
            : throw new FuzzFailureException($"a frame of {frame.Length:#,0} bytes is sent");

        public override void Listen(bool isWanted)
        {
        }

        public void Happen(FuzzScript script)
        {
            switch (script.Byte() & 7)
            {
                case 0:
                    isUp = !isUp;
                    card!.OnLink();
                    break;
                case 1:
                    isFull = !isFull;
                    card!.OnRoom();
                    break;
                default:
                    incoming.Enqueue(new byte[1 + (script.Byte() < 224 ? script.Byte() : script.Below(LongestFrame))]);
                    card!.OnFrames();
                    break;
            }
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
