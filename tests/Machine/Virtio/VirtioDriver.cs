using System.Buffers.Binary;
using KvmInterop.Machine.Virtio;
using Register = KvmInterop.Machine.Virtio.VirtioMmioRegister;

namespace KvmInterop.Tests.Machine.Virtio;

/// <summary>
/// A driver as a guest has one, without a guest: it sets up a device through its registers over MMIO, and its
/// queues in guest memory. The device's loop runs when the driver says so, on the test's thread.
/// </summary>
internal sealed class VirtioDriver : IDisposable
{
    public const ulong MemorySize = 0x10_0000;

    private readonly Dictionary<int, DriverQueue> queues = [];
    private ulong nextFree = 0x1000;

    public VirtioDriver(Func<GuestMemory, EventLoop, VirtioDevice> make)
        : this(make, hasMmio: true)
    {
    }

    /// <summary>Without MMIO there is no transport: the test makes one, and a bell.</summary>
    public VirtioDriver(Func<GuestMemory, EventLoop, VirtioDevice> make, bool hasMmio)
    {
        Memory.Add(0, MemorySize);
        Device = make(Memory, Loop);
        Transport = hasMmio ? new VirtioMmioTransport(Device, Line) : null!;
        Bell = queue => Write(Register.QueueNotify, (uint)queue);
    }

    /// <summary>How a queue's bell is rung.</summary>
    public Action<int> Bell { get; init; }

    public GuestMemory Memory { get; } = new();

    public EventLoop Loop { get; } = new();

    public VirtioDevice Device { get; }

    public VirtioMmioTransport Transport { get; }

    public InterruptRecorder Line { get; } = new();

    public VirtioStatus Status => (VirtioStatus)Read(Register.Status);

    public uint InterruptStatus => Read(Register.InterruptStatus);

    /// <summary>Goes through the steps of 3.1.1 with these features, all queues of the given size.</summary>
    public static VirtioDriver Started(
        Func<GuestMemory, EventLoop, VirtioDevice> make, ulong? features = null, int queueSize = 8)
    {
        VirtioDriver driver = new(make);
        driver.Start(features, queueSize);
        return driver;
    }

    public void Start(ulong? features = null, int queueSize = 8)
    {
        Assert.True(Negotiate(features ?? Device.OfferedFeatures));
        for (int i = 0; i < Device.QueueCount; i++)
        {
            queues[i] = SetUpQueue(i, queueSize);
        }

        AddStatus(VirtioStatus.DriverOk);
        Pump();
    }

    public DriverQueue Queue(int index) => queues[index];

    /// <summary>Up to FEATURES_OK; whether the device took the features.</summary>
    public bool Negotiate(ulong features)
    {
        Write(Register.Status, 0);
        AddStatus(VirtioStatus.Acknowledge);
        AddStatus(VirtioStatus.Driver);
        Write(Register.DriverFeaturesSelect, 0);
        Write(Register.DriverFeatures, (uint)features);
        Write(Register.DriverFeaturesSelect, 1);
        Write(Register.DriverFeatures, (uint)(features >> 32));
        AddStatus(VirtioStatus.FeaturesOk);
        return (Status & VirtioStatus.FeaturesOk) != 0;
    }

    public DriverQueue SetUpQueue(int index, int size)
    {
        DriverQueue queue = new(this, index, size);
        SetUpQueue(index, size, queue.Descriptors, queue.Available, queue.Used);
        return queue;
    }

    public void SetUpQueue(int index, int size, ulong descriptors, ulong available, ulong used)
    {
        Write(Register.QueueSelect, (uint)index);
        Write(Register.QueueNum, (uint)size);
        Write(Register.QueueDescLow, (uint)descriptors);
        Write(Register.QueueDescLow + 4, (uint)(descriptors >> 32));
        Write(Register.QueueDriverLow, (uint)available);
        Write(Register.QueueDriverLow + 4, (uint)(available >> 32));
        Write(Register.QueueDeviceLow, (uint)used);
        Write(Register.QueueDeviceLow + 4, (uint)(used >> 32));
        Write(Register.QueueReady, 1);
    }

    public void AddStatus(VirtioStatus bits) => Write(Register.Status, (uint)(Status | bits));

    public uint Read(ulong register)
    {
        Span<byte> data = stackalloc byte[4];
        Transport.Read(register, data);
        return BinaryPrimitives.ReadUInt32LittleEndian(data);
    }

    public void Write(ulong register, uint value)
    {
        Span<byte> data = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(data, value);
        Transport.Write(register, data);
    }

    public byte[] ReadConfiguration(int offset, int length)
    {
        byte[] data = new byte[length];
        Transport.Read(Register.Configuration + (ulong)offset, data);
        return data;
    }

    /// <summary>Reads and acknowledges, as an interrupt handler does.</summary>
    public uint TakeInterrupts()
    {
        uint bits = InterruptStatus;
        Write(Register.InterruptAcknowledge, bits);
        return bits;
    }

    /// <summary>Fresh guest memory, aligned to 16 bytes.</summary>
    public ulong Allocate(int size)
    {
        ulong address = nextFree;
        nextFree += ((ulong)size + 15) & ~15UL;
        Assert.True(nextFree <= MemorySize, "the test's guest memory is used up");
        return address;
    }

    public ulong Place(ReadOnlySpan<byte> bytes)
    {
        ulong address = Allocate(bytes.Length);
        Memory.Write(address, bytes);
        return address;
    }

    /// <summary>Runs what the device has to do, on this thread.</summary>
    public void Pump()
    {
        for (int turns = 0; Loop.RunOnce(TimeSpan.Zero) > 0; turns++)
        {
            Assert.True(turns < 10_000, "the device's work has no end");
        }
    }

    /// <summary>Runs the loop until something outside has had its effect.</summary>
    public void PumpUntil(Func<bool> condition)
    {
        long end = Environment.TickCount64 + 60_000;
        while (!condition())
        {
            Assert.True(Environment.TickCount64 < end, "waited for a minute in vain");
            Loop.RunOnce(TimeSpan.FromMilliseconds(20));
        }
    }

    public void Dispose()
    {
        Transport?.Dispose();
        Device.Dispose();
        Loop.Dispose();
        Memory.Dispose();
    }
}
