using System.Buffers.Binary;
using KvmInterop.Machine.Virtio;
using KvmInterop.Tests.Machine.Virtio;

namespace KvmInterop.Tests.Benchmarks.Functions;

/// <summary>
/// A device that answers with what it was sent, inverted, and the hands of its driver: registers over MMIO and
/// one split queue in guest memory (virtio 1.2, 2.7 and 3.1.1), without a guest. The device's event loop runs
/// on the caller's thread.
/// </summary>
internal sealed class VirtioRig : IDisposable
{
    private const int QueueSize = 16;
    private const ulong MemorySize = 0x10_0000;
    private const ulong Descriptors = 0x1000;
    private const ulong Available = 0x2000;
    private const ulong Used = 0x3000;
    private const ulong Request = 0x1_0000;
    private const ulong Answer = 0x2_0000;
    private const ushort HasNext = 1;
    private const ushort Writable = 2;

    private readonly GuestMemory memory = new();
    private readonly EventLoop loop = new();
    private readonly EchoDevice device;
    private readonly VirtioMmioTransport transport;
    private ushort index;

    private VirtioRig()
    {
        memory.Add(0, MemorySize);
        device = new EchoDevice(memory, loop, QueueSize);
        transport = new VirtioMmioTransport(device, new InterruptRecorder());
        SetUp();
    }

    /// <summary>Negotiated, the queue set up, the device running.</summary>
    public static VirtioRig Start() => new();

    /// <summary>
    /// A chain of so many bytes to the device and as many back, from the driver's first write to its last read
    /// and its acknowledgement of the interrupt.
    /// </summary>
    /// <returns>How many bytes came back.</returns>
    public uint RoundTrip(int length)
    {
        Describe(0, Request, length, HasNext, next: 1);
        Describe(1, Answer, length, Writable, next: 0);
        memory.Write<ushort>(Available + 4 + (2UL * (uint)(index % QueueSize)), 0);
        memory.WriteVolatile(Available + 2, ++index);
        Write(Register.QueueNotify, 0);
        while (memory.ReadVolatile<ushort>(Used + 2) != index)
        {
            loop.RunOnce(TimeSpan.Zero);
        }

        Write(Register.InterruptAcknowledge, Read(Register.InterruptStatus));
        return memory.Read<uint>(Used + 4 + (8UL * (uint)((ushort)(index - 1) % QueueSize)) + 4);
    }

    public void Dispose()
    {
        transport.Dispose();
        device.Dispose();
        loop.Dispose();
        memory.Dispose();
    }

    private void SetUp()
    {
        const ulong Features = VirtioFeatures.Version1;
        Write(Register.Status, 0);
        Write(Register.Status, (uint)(VirtioStatus.Acknowledge | VirtioStatus.Driver));
        Write(Register.DriverFeaturesSelect, 1);
        Write(Register.DriverFeatures, (uint)(Features >> 32));
        AddStatus(VirtioStatus.FeaturesOk);
        Write(Register.QueueSelect, 0);
        Write(Register.QueueNum, QueueSize);
        Write(Register.QueueDescLow, (uint)Descriptors);
        Write(Register.QueueDriverLow, (uint)Available);
        Write(Register.QueueDeviceLow, (uint)Used);
        Write(Register.QueueReady, 1);
        AddStatus(VirtioStatus.DriverOk);
    }

    private void AddStatus(VirtioStatus bits) => Write(Register.Status, Read(Register.Status) | (uint)bits);

    private void Describe(int number, ulong address, int length, ushort flags, ushort next)
    {
        ulong place = Descriptors + (16UL * (uint)number);
        memory.Write(place, address);
        memory.Write(place + 8, (uint)length);
        memory.Write(place + 12, flags);
        memory.Write(place + 14, next);
    }

    private uint Read(ulong register)
    {
        Span<byte> data = stackalloc byte[sizeof(uint)];
        transport.Read(register, data);
        return BinaryPrimitives.ReadUInt32LittleEndian(data);
    }

    private void Write(ulong register, uint value)
    {
        Span<byte> data = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(data, value);
        transport.Write(register, data);
    }

    /// <summary>Offsets of the registers (virtio 1.2, 4.2.2).</summary>
    private static class Register
    {
        public const ulong DriverFeatures = 0x020;
        public const ulong DriverFeaturesSelect = 0x024;
        public const ulong QueueSelect = 0x030;
        public const ulong QueueNum = 0x038;
        public const ulong QueueReady = 0x044;
        public const ulong QueueNotify = 0x050;
        public const ulong InterruptStatus = 0x060;
        public const ulong InterruptAcknowledge = 0x064;
        public const ulong Status = 0x070;
        public const ulong QueueDescLow = 0x080;
        public const ulong QueueDriverLow = 0x090;
        public const ulong QueueDeviceLow = 0x0a0;
    }
}
