using System.Buffers.Binary;
using KvmInterop.Machine.Virtio.Balloon;
using KvmInterop.Machine.Virtio.NineP;
using KvmInterop.Machine.Virtio.Vsock;

namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>Targets for the virtio devices behind which the host's memory, sockets and files are.</summary>
internal static class VirtioHostDevices
{
    private const ulong GuestCid = 3;

    // Requests of 9P2000.L that are known, but for those that are one byte away anyway.
    private static readonly byte[] NinePTypes =
        [8, 12, 14, 16, 22, 24, 26, 30, 40, 50, 52, 54, 70, 72, 74, 76, 100, 104, 110, 116, 118, 120, 122];

    private static readonly byte[][] Names =
        ["a"u8.ToArray(), "b"u8.ToArray(), ".."u8.ToArray(), "a/b"u8.ToArray(), [], "9P2000.L"u8.ToArray()];

    public static FuzzTarget Balloon(string name) => new VirtioTarget(
        name, (memory, loop, _) =>
        {
            VirtioBalloon device = new(memory, loop);
            return new VirtioRig(device, script =>
            {
                device.SetTarget(script.Byte() * 4096UL);
                device.RequestStatistics();
            });
        },
        BalloonRequest);

    public static FuzzTarget Vsock(string name)
    {
        string folder = Temporary(name);
        return new VirtioTarget(
            name, (memory, loop, _) => new VirtioRig(
                new VirtioVsock(memory, loop, GuestCid, Path.Combine(folder, $"{Guid.NewGuid():n}"))),
            VsockRequest);
    }

    public static FuzzTarget NineP(string name)
    {
        string folder = Temporary(name);
        string shared = Directory.CreateDirectory(Path.Combine(folder, "shared")).FullName;
        return new VirtioTarget(
            name, (memory, loop, _) =>
            {
                // What one guest left over is there for the next, within bounds.
                if (Directory.GetFileSystemEntries(shared).Length > 50)
                {
                    Directory.Delete(shared, recursive: true);
                    Directory.CreateDirectory(shared);
                }

                if (Directory.GetFileSystemEntries(folder).Length != 1)
                {
                    throw new FuzzFailureException("something was made beside the shared folder");
                }

                return new VirtioRig(new VirtioNineP(memory, loop, shared, "host"));
            },
            NinePRequest);
    }

    private static string Temporary(string name)
    {
        string folder = Directory.CreateTempSubdirectory($"kvm-fuzz-{name}-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    }

    /// <summary>Page numbers, or tags and values (virtio 1.2, 5.5.6).</summary>
    private static int BalloonRequest(FuzzScript script, int queue, Span<byte> destination)
    {
        int count = script.Byte() % 16;
        for (int i = 0; i < count; i++)
        {
            uint number = script.Byte() < 224 ? script.Byte() : (uint)script.AnyNumber();
            BinaryPrimitives.WriteUInt32LittleEndian(destination[(4 * i)..], number);
        }

        return script.Byte() < 224 ? 4 * count : script.Byte();
    }

    /// <summary>A header (5.10.6) that is right but for what the script changes, and data.</summary>
    private static int VsockRequest(FuzzScript script, int queue, Span<byte> destination)
    {
        const int HeaderSize = 44;
        BinaryPrimitives.WriteUInt64LittleEndian(destination, script.Byte() < 240 ? GuestCid : script.AnyNumber());
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], script.Byte() < 240 ? 2 : script.AnyNumber());
        BinaryPrimitives.WriteUInt32LittleEndian(destination[16..], script.SmallOrAny(3));
        BinaryPrimitives.WriteUInt32LittleEndian(destination[20..], script.SmallOrAny(3));
        int length = script.Byte();
        BinaryPrimitives.WriteInt32LittleEndian(
            destination[24..], script.Byte() < 240 ? length : (int)script.AnyNumber());
        BinaryPrimitives.WriteUInt16LittleEndian(destination[28..], script.Byte() < 240 ? (ushort)1 : script.Byte());
        BinaryPrimitives.WriteUInt16LittleEndian(destination[30..], script.SmallOrAny(7));
        BinaryPrimitives.WriteUInt32LittleEndian(destination[32..], script.SmallOrAny(3));
        BinaryPrimitives.WriteUInt32LittleEndian(destination[36..], (uint)script.AnyNumber());
        BinaryPrimitives.WriteUInt32LittleEndian(destination[40..], (uint)script.AnyNumber());
        return HeaderSize + length;
    }

    /// <summary>A message with fields of all kinds, in any order.</summary>
    private static int NinePRequest(FuzzScript script, int queue, Span<byte> destination)
    {
        const int HeaderSize = 7;
        int length = HeaderSize;
        int fields = script.Byte() % 12;
        for (int i = 0; i < fields; i++)
        {
            switch (script.Byte() % 4)
            {
                case 0:
                    byte[] text = Names[script.Byte() % Names.Length];
                    BinaryPrimitives.WriteUInt16LittleEndian(destination[length..], (ushort)text.Length);
                    text.CopyTo(destination[(length + 2)..]);
                    length += 2 + text.Length;
                    break;
                case 1:
                    BinaryPrimitives.WriteUInt64LittleEndian(destination[length..], script.AnyNumber());
                    length += sizeof(ulong);
                    break;
                case 2:
                    BinaryPrimitives.WriteUInt16LittleEndian(destination[length..], script.SmallOrAny(7));
                    length += sizeof(ushort);
                    break;
                default:
                    BinaryPrimitives.WriteUInt32LittleEndian(destination[length..], script.SmallOrAny(3));
                    length += sizeof(uint);
                    break;
            }
        }

        BinaryPrimitives.WriteInt32LittleEndian(
            destination, script.Byte() < 240 ? length : (int)script.AnyNumber());
        destination[4] = NinePTypes[script.Byte() % NinePTypes.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(destination[5..], script.Byte());
        return length;
    }
}
