using System.Buffers.Binary;
using KvmInterop.Machine.Virtio.Block;

namespace KvmInterop.Tests.Machine.Virtio.Block;

/// <summary>A disk with a driver for it.</summary>
internal sealed class DiskDriver : IDisposable
{
    public const uint In = 0;
    public const uint Out = 1;
    public const uint Flush = 4;
    public const uint GetId = 8;
    public const uint Discard = 11;
    public const uint WriteZeroes = 13;

    public DiskDriver(BlockImage image, VirtioBlockOptions? options = null, ulong? features = null) =>
        Driver = VirtioDriver.Started(
            (memory, loop) => new VirtioBlock(memory, loop, image, options), features, queueSize: 64);

    public VirtioDriver Driver { get; }

    public ulong Capacity => BinaryPrimitives.ReadUInt64LittleEndian(Driver.ReadConfiguration(0, 8));

    /// <summary>A request with data to the device; its status.</summary>
    public byte Send(uint type, ulong sector, ReadOnlySpan<byte> data = default, int queue = 0) =>
        Driver.Queue(queue).Request([.. Header(type, sector), .. data], 1, out _)[0];

    /// <summary>A request with data from the device; its status.</summary>
    public byte Receive(uint type, ulong sector, Span<byte> data, out uint written)
    {
        byte[] answer = Driver.Queue(0).Request(Header(type, sector), data.Length + 1, out written);
        answer.AsSpan(0, data.Length).CopyTo(data);
        return answer[^1];
    }

    public byte[] Read(ulong sector, int length)
    {
        byte[] data = new byte[length];
        Assert.Equal(0, Receive(In, sector, data, out uint written));
        Assert.Equal((uint)length + 1, written);
        return data;
    }

    public static byte[] Range(ulong sector, uint sectors, uint flags = 0)
    {
        byte[] range = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(range, sector);
        BinaryPrimitives.WriteUInt32LittleEndian(range.AsSpan(8), sectors);
        BinaryPrimitives.WriteUInt32LittleEndian(range.AsSpan(12), flags);
        return range;
    }

    public static byte[] Header(uint type, ulong sector)
    {
        byte[] header = new byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(header, type);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(8), sector);
        return header;
    }

    public void Dispose() => Driver.Dispose();
}
