using System.Buffers.Binary;
using System.Net.Sockets;
using KvmInterop.Machine.Virtio.Vsock;

namespace KvmInterop.Tests.Machine.Virtio.Vsock;

/// <summary>A guest's side of vsock, packet by packet.</summary>
internal sealed class VsockDriver : IDisposable
{
    public const ushort Request = 1;
    public const ushort Response = 2;
    public const ushort Reset = 3;
    public const ushort Shutdown = 4;
    public const ushort ReadWrite = 5;
    public const ushort CreditUpdate = 6;
    public const ushort CreditRequest = 7;

    public const ulong Cid = 3;
    private const int Header = 44;
    private const int BufferLength = 4096;

    private readonly Dictionary<uint, ulong> buffers = [];
    private readonly ulong outgoing;

    public VsockDriver(int bufferCount = 8)
    {
        Driver = VirtioDriver.Started((memory, loop) => new VirtioVsock(memory, loop, Cid, Path), queueSize: 16);
        outgoing = Driver.Allocate(0x1_1000);
        for (int i = 0; i < bufferCount; i++)
        {
            AddBuffer(Driver.Allocate(BufferLength));
        }

        Driver.Pump();
    }

    public string Path { get; } =
        System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"kvm-vsock-{Guid.NewGuid():n}");

    public VirtioDriver Driver { get; }

    /// <summary>What the guest says it has room for, and has taken out of that.</summary>
    public uint Room { get; set; } = 256 * 1024;

    public uint Taken { get; set; }

    public void Send(
        ushort operation, uint hostPort, uint guestPort, ReadOnlySpan<byte> data = default, uint flags = 0,
        ulong source = Cid, ulong destination = 2, ushort type = 1, uint? length = null)
    {
        byte[] packet = new byte[Header + data.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(packet, source);
        BinaryPrimitives.WriteUInt64LittleEndian(packet.AsSpan(8), destination);
        BinaryPrimitives.WriteUInt32LittleEndian(packet.AsSpan(16), guestPort);
        BinaryPrimitives.WriteUInt32LittleEndian(packet.AsSpan(20), hostPort);
        BinaryPrimitives.WriteUInt32LittleEndian(packet.AsSpan(24), length ?? (uint)data.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(packet.AsSpan(28), type);
        BinaryPrimitives.WriteUInt16LittleEndian(packet.AsSpan(30), operation);
        BinaryPrimitives.WriteUInt32LittleEndian(packet.AsSpan(32), flags);
        BinaryPrimitives.WriteUInt32LittleEndian(packet.AsSpan(36), Room);
        BinaryPrimitives.WriteUInt32LittleEndian(packet.AsSpan(40), Taken);
        data.CopyTo(packet.AsSpan(Header));
        Driver.Memory.Write(outgoing, packet);
        Driver.Queue(1).Add((outgoing, packet.Length, false));
        Driver.Queue(1).Kick();
        Driver.Pump();
        Assert.NotNull(Driver.Queue(1).TakeUsed());
    }

    /// <summary>The next packet for the guest, waited for; its buffer is given back.</summary>
    public VsockMessage Take()
    {
        VsockMessage? message = null;
        Driver.PumpUntil(() => (message = TryTake()) is not null);
        return message!;
    }

    public VsockMessage? TryTake()
    {
        Driver.Pump();
        if (Driver.Queue(0).TakeUsed() is not { } used)
        {
            return null;
        }

        buffers.Remove(used.Id, out ulong buffer);
        byte[] bytes = new byte[used.Length];
        Driver.Memory.Read(buffer, bytes);
        AddBuffer(buffer);
        Driver.Pump();
        return new VsockMessage(
            BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(30)),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(16)),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(20)),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(32)),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(36)),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(40)),
            bytes[Header..]);
    }

    /// <summary>A program of the host's that listens on a port.</summary>
    public Socket Listen(uint port)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint($"{Path}_{port}"));
        socket.Listen();
        return socket;
    }

    /// <summary>A program of the host's that wants a port of the guest's.</summary>
    public Socket Connect(string line)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(Path));
        socket.Send(System.Text.Encoding.ASCII.GetBytes(line));
        return socket;
    }

    public void Dispose()
    {
        Driver.Dispose();
        foreach (string file in Directory.GetFiles(
            System.IO.Path.GetTempPath(), System.IO.Path.GetFileName(Path) + "*"))
        {
            File.Delete(file);
        }
    }

    private void AddBuffer(ulong buffer)
    {
        buffers[Driver.Queue(0).Add((buffer, BufferLength, true))] = buffer;
        Driver.Queue(0).Kick();
    }
}
