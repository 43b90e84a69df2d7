using System.Buffers.Binary;
using System.Net.Sockets;
using KvmInterop.Machine.Virtio.Balloon;
using KvmInterop.Machine.Virtio.Net;
using KvmInterop.Machine.Virtio.NineP;
using KvmInterop.Machine.Virtio.Vsock;

namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>Targets for the virtio devices behind which the host's memory, sockets and files are.</summary>
internal static class VirtioHostDevices
{
    private const ulong GuestCid = 3;
    private const int HostPort = 1;

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
        string path = Path.Combine(Temporary(name), "vsock");
        Socket listener = VsockHost.Listen($"{path}_{HostPort}");
        return new VirtioTarget(
            name, (memory, loop, _) =>
            {
                VsockHost host = new(path, listener);
                return new VirtioRig(new VirtioVsock(memory, loop, GuestCid, path), host.Happen) { End = host.End };
            },
            VsockRequest);
    }

    /// <summary>A card whose cable is a socket, with somebody else's program at the other end.</summary>
    public static FuzzTarget NetStream(string name)
    {
        string path = Path.Combine(Temporary(name), "net");
        Socket listener = VsockHost.Listen(path);
        return new VirtioTarget(
            name, (memory, loop, _) =>
            {
                StreamPort port = StreamPort.Connect(path);
                Socket peer = listener.Accept();
                peer.Blocking = false;
                VirtioNet device = new(memory, loop, port, MacAddress.Parse("52:54:00:12:34:56"));
                return new VirtioRig(device, script => SendFrames(peer, script)) { End = peer.Dispose };
            },
            VirtioDevices.NetRequest);
    }

    public static FuzzTarget NineP(string name)
    {
        string folder = Temporary(name);
        string shared = Directory.CreateDirectory(Path.Combine(folder, "shared")).FullName;
        return new VirtioTarget(
            name, (memory, loop, _) =>
            {
                // Every input begins with an empty folder, and leaves nothing outside of it.
                if (Directory.GetFileSystemEntries(folder).Length != 1)
                {
                    throw new FuzzFailureException("something was made beside the shared folder");
                }

                Directory.Delete(shared, recursive: true);
                Directory.CreateDirectory(shared);
                return new VirtioRig(new VirtioNineP(memory, loop, shared, "host"), script => Change(shared, script));
            },
            NinePRequests.Write);
    }

    private static string Temporary(string name)
    {
        string folder = Directory.CreateTempSubdirectory($"kvm-fuzz-{name}-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    }

    // The host's own programs: a link to outside where a file was, a folder where a link was.
    private static void Change(string shared, FuzzScript script)
    {
        string path = Path.Combine(shared, ((string[])["a", "b", "c", "link"])[script.Byte() & 3]);
        try
        {
            if (Directory.Exists(path) && new FileInfo(path).LinkTarget is null)
            {
                Directory.Delete(path, recursive: true);
            }
            else
            {
                File.Delete(path);
            }

            switch (script.Byte() & 3)
            {
                case 0:
                    File.CreateSymbolicLink(path, "..");
                    break;
                case 1:
                    File.CreateSymbolicLink(path, "/proc/self/mem");
                    break;
                case 2:
                    Directory.CreateDirectory(path);
                    break;
                default:
                    File.WriteAllText(path, "host");
                    break;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The guest has taken its rights away.
        }
    }

    /// <summary>A length (4 bytes, big-endian) and a frame, or what is none.</summary>
    private static void SendFrames(Socket peer, FuzzScript script)
    {
        int what = script.Byte();
        if (what < 4)
        {
            peer.Dispose();
            return;
        }

        Span<byte> bytes = stackalloc byte[sizeof(uint) + 2048];
        bytes.Clear();
        int length = script.Byte() < 192 ? script.Byte() * 8 : (int)script.AnyNumber();
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        int sent = what < 224 ? sizeof(uint) + Math.Clamp(length, 0, 2048) : script.Byte();
        try
        {
            peer.Send(bytes[..sent], SocketFlags.None, out _);
            peer.Receive(bytes, SocketFlags.None, out _);
        }
        catch (ObjectDisposedException)
        {
            // Closed before.
        }
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
        BinaryPrimitives.WriteUInt64LittleEndian(destination, script.Byte() < 248 ? GuestCid : script.AnyNumber());
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], script.Byte() < 248 ? 2 : script.AnyNumber());
        BinaryPrimitives.WriteUInt32LittleEndian(destination[16..], script.SmallOrAny(1));

        // The host's programs, whom the device gives numbers from 2^30 on, or the port that listens.
        uint port = script.Byte() is var some && some < 160 ? HostPort
            : some < 240 ? (1u << 30) + (some & 3u) : script.SmallOrAny(3);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[20..], port);
        int length = script.Byte();
        BinaryPrimitives.WriteInt32LittleEndian(
            destination[24..], script.Byte() < 248 ? length : (int)script.AnyNumber());
        BinaryPrimitives.WriteUInt16LittleEndian(destination[28..], script.Byte() < 248 ? (ushort)1 : script.Byte());
        BinaryPrimitives.WriteUInt16LittleEndian(destination[30..], script.SmallOrAny(7));
        BinaryPrimitives.WriteUInt32LittleEndian(destination[32..], script.SmallOrAny(3));
        BinaryPrimitives.WriteUInt32LittleEndian(
            destination[36..], script.Byte() < 160 ? 0x4_0000 : (uint)script.AnyNumber());
        BinaryPrimitives.WriteUInt32LittleEndian(
            destination[40..], script.Byte() < 160 ? 0 : (uint)script.AnyNumber());
        return HeaderSize + length;
    }
}
