using System.Runtime.CompilerServices;

namespace KvmInterop;

/// <summary>A device's place on a bus: what registering it gives, and what removing it takes.</summary>
public sealed class BusRange
{
    internal BusRange(string name, ulong start, ulong size, IBusDevice device)
    {
        Name = name;
        Start = start;
        Size = size;
        Device = device;
    }

    /// <summary>What the device is called in messages.</summary>
    public string Name { get; }

    /// <summary>The first port or guest-physical address.</summary>
    public ulong Start { get; }

    /// <summary>How many ports or bytes; never 0.</summary>
    public ulong Size { get; }

    /// <summary>The last port or address that belongs to it. (One past it may not be a number.)</summary>
    public ulong Last => Start + (Size - 1);

    /// <summary>The device.</summary>
    public IBusDevice Device { get; }

    /// <summary>Name and range: <c>'serial' at 0x3f8-0x3ff</c>.</summary>
    public override string ToString() => $"'{Name}' at 0x{Start:x}-0x{Last:x}";

    /// <summary>A range that the bus can have, or an exception that says why not.</summary>
    internal static BusRange Check(string name, ulong start, ulong size, ulong lastOfBus, IBusDevice device)
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

        return new BusRange(name, start, size, device);
    }

    internal InvalidOperationException OverlapWith(BusRange other) =>
        new($"{this} overlaps {other}, which is on the bus; remove that, or choose another place");

    /// <summary>A read that starts inside. What lies beyond the end reads as an empty bus.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Read(ulong address, Span<byte> data)
    {
        ulong offset = address - Start;
        if ((ulong)data.Length > Size - offset)
        {
            data = CutForRead(offset, data);
        }

        Device.Read(offset, data);
    }

    /// <summary>A write that starts inside. What lies beyond the end is dropped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Write(ulong address, ReadOnlySpan<byte> data)
    {
        ulong offset = address - Start;
        if ((ulong)data.Length > Size - offset)
        {
            data = data[..(int)(Size - offset)];
        }

        Device.Write(offset, data);
    }

    private Span<byte> CutForRead(ulong offset, Span<byte> data)
    {
        int inside = (int)(Size - offset);
        data[inside..].Fill(byte.MaxValue);
        return data[..inside];
    }
}
