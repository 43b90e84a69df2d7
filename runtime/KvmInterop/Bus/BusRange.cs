using System.Diagnostics.CodeAnalysis;

namespace KvmInterop;

/// <summary>A device's place on a bus: what registering it gives, and what changing it takes.</summary>
/// <remarks>All members may be called from any thread.</remarks>
public sealed class BusRange
{
    private volatile IBusDevice device;
    private volatile CountingDevice? counting;

    internal BusRange(Bus bus, string name, ulong start, ulong size, IBusDevice device)
    {
        Bus = bus;
        Name = name;
        Start = start;
        Size = size;
        this.device = device;
        Slot = new BusSlot(start, size, device);
    }

    /// <summary>The bus that it was registered on; it stays this one after its removal.</summary>
    public Bus Bus { get; }

    /// <summary>What the device is called in messages.</summary>
    public string Name { get; }

    /// <summary>The first port or guest-physical address.</summary>
    public ulong Start { get; }

    /// <summary>How many ports or bytes; never 0.</summary>
    public ulong Size { get; }

    /// <summary>The last port or address that belongs to it. (One past it may not be a number.)</summary>
    public ulong Last => Start + (Size - 1);

    /// <summary>The device that answers now; <see cref="Bus.Replace"/> changes it.</summary>
    public IBusDevice Device => device;

    /// <summary>
    /// Whether accesses are counted in <see cref="Statistics"/>; off at first, and then it costs nothing.
    /// </summary>
    public bool CollectsStatistics
    {
        get => counting is not null;
        set => Bus.SetCounting(this, value);
    }

    /// <summary>
    /// What was counted since <see cref="CollectsStatistics"/> was set, also over replacements of the device;
    /// null where nothing is counted.
    /// </summary>
    public BusStatistics? Statistics => counting?.Statistics;

    /// <summary>Name and range: <c>'serial' at 0x3f8-0x3ff</c>.</summary>
    public override string ToString() => $"'{Name}' at 0x{Start:x}-0x{Last:x}";

    /// <summary>A range that the bus can have, or an exception that says why not.</summary>
    internal static BusRange Check(
        Bus bus, string name, ulong start, ulong size, ulong lastOfBus, IBusDevice device)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(device);
        if (size == 0)
        {
            throw new ArgumentException(
                $"'{name}' at 0x{start:x} is empty; a device has at least one byte", nameof(size));
        }

        if (start > lastOfBus || size - 1 > lastOfBus - start)
        {
            throw new ArgumentException(
                $"'{name}', 0x{size:x} bytes at 0x{start:x}, goes beyond 0x{lastOfBus:x}, where the bus ends",
                nameof(size));
        }

        return new BusRange(bus, name, start, size, device);
    }

    /// <summary>What accesses need, for the bus's tables. Under the bus's lock, as what follows.</summary>
    internal BusSlot Slot { get; private set; }

    internal void SetDevice(IBusDevice value)
    {
        device = value;
        SetCounting(counting?.Over(value));
    }

    internal void SetCounting(bool value)
    {
        if (value != (counting is not null))
        {
            SetCounting(value ? new CountingDevice(device, new BusCounters()) : null);
        }
    }

    [DoesNotReturn]
    internal void ThrowOverlapWith(BusRange other) => throw new InvalidOperationException(
        $"{this} overlaps {other}, which is on the bus; remove that, or choose another place");

    private void SetCounting(CountingDevice? value)
    {
        counting = value;
        Slot = new BusSlot(Start, Size, (IBusDevice?)value ?? device);
    }
}
