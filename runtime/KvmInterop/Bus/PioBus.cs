namespace KvmInterop;

/// <summary>The 65,536 I/O ports of x86: which device has which, and the way there.</summary>
/// <remarks>
/// <para>Devices come and go at any time, from any thread, also while vCPUs run. An access takes no lock,
/// allocates nothing, and costs the same with any number of devices.</para>
/// <para>An access belongs as a whole to the device that has its first port, and is never cut into bytes: 4
/// bytes at 0xcf8 are one access to PCI's address register, not also a reset by port 0xcf9. Of an access that
/// goes beyond its device's last port the device sees the part inside; the rest reads as ones and is not
/// written. Where nobody has the first port, a read gives all ones and a write is dropped, both
/// counted.</para>
/// </remarks>
public sealed class PioBus : Bus
{
    // Replaced as a whole by every change; an access that is under way goes on with the old one.
    private volatile PioTable table = PioTable.Empty;

    /// <inheritdoc/>
    public override IReadOnlyList<BusRange> Ranges => table.Ranges;

    /// <summary>Puts a device on the bus.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="start">Its first port.</param>
    /// <param name="count">Its number of ports, 1 to 65,536 - <paramref name="start"/>.</param>
    /// <param name="device">The device. One device may have several ranges; offsets count from each one's
    /// start.</param>
    /// <returns>The range, to replace or remove it with.</returns>
    /// <exception cref="ArgumentException">No ports, or beyond port 65,535.</exception>
    /// <exception cref="InvalidOperationException">Another device has one of the ports.</exception>
    public BusRange Register(string name, ushort start, int count, IBusDevice device)
    {
        BusRange range = Check(name, start, count, device);
        if (TryAdd(range) is BusRange other)
        {
            range.ThrowOverlapWith(other);
        }

        return range;
    }

    /// <summary>As <see cref="Register"/>, where another device may have one of the ports: for places that a
    /// guest chooses.</summary>
    /// <returns>The range; null if another device has one of the ports.</returns>
    /// <inheritdoc cref="Register"/>
    public BusRange? TryRegister(string name, ushort start, int count, IBusDevice device)
    {
        BusRange range = Check(name, start, count, device);
        return TryAdd(range) is null ? range : null;
    }

    /// <summary>The device that has a port, or null.</summary>
    public BusRange? Find(ushort port) => table.Find(port);

    /// <summary>The guest reads one value (<c>in</c>).</summary>
    /// <param name="port">The first port.</param>
    /// <param name="data">1, 2 or 4 bytes; filled.</param>
    public void Read(ushort port, Span<byte> data)
    {
        ref readonly PortSlot slot = ref table[port];
        if (slot.HasRoomFor(data.Length))
        {
            slot.Read(data);
        }
        else
        {
            ReadBeyond(in slot, port, data);
        }
    }

    /// <summary>The guest writes one value (<c>out</c>).</summary>
    /// <param name="port">The first port.</param>
    /// <param name="data">1, 2 or 4 bytes.</param>
    public void Write(ushort port, ReadOnlySpan<byte> data)
    {
        ref readonly PortSlot slot = ref table[port];
        if (slot.HasRoomFor(data.Length))
        {
            slot.Write(data);
        }
        else
        {
            WriteBeyond(in slot, port, data);
        }
    }

    /// <summary>
    /// The guest reads many values of one port (<c>rep ins</c>): one access after the other.
    /// </summary>
    /// <param name="port">The first port of each.</param>
    /// <param name="size">Bytes of each: 1, 2 or 4.</param>
    /// <param name="data">All of them, in the order of the accesses; filled.</param>
    public void ReadString(ushort port, int size, Span<byte> data)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        for (; data.Length >= size; data = data[size..])
        {
            Read(port, data[..size]);
        }
    }

    /// <summary>
    /// The guest writes many values to one port (<c>rep outs</c>): one access after the other.
    /// </summary>
    /// <param name="port">The first port of each.</param>
    /// <param name="size">Bytes of each: 1, 2 or 4.</param>
    /// <param name="data">All of them, in the order of the accesses.</param>
    public void WriteString(ushort port, int size, ReadOnlySpan<byte> data)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        for (; data.Length >= size; data = data[size..])
        {
            Write(port, data[..size]);
        }
    }

    private void ReadBeyond(in PortSlot slot, ushort port, Span<byte> data)
    {
        if (slot.IsTaken)
        {
            slot.ReadInside(data);
        }
        else
        {
            ReadUnclaimed(port, data);
        }
    }

    private void WriteBeyond(in PortSlot slot, ushort port, ReadOnlySpan<byte> data)
    {
        if (slot.IsTaken)
        {
            slot.WriteInside(data);
        }
        else
        {
            WriteUnclaimed(port, data);
        }
    }

    private BusRange Check(string name, ushort start, int count, IBusDevice device)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return BusRange.Check(this, name, start, (ulong)count, ushort.MaxValue, device);
    }

    // The other device that has one of the ports, or null: then the range is on the bus.
    private BusRange? TryAdd(BusRange range)
    {
        lock (Gate)
        {
            for (ulong port = range.Start; port <= range.Last; port++)
            {
                if (Find((ushort)port) is BusRange other)
                {
                    return other;
                }
            }

            Prepare(range);
            Update(range, isPresent: true);
            return null;
        }
    }

    private protected override bool IsPresent(BusRange range) =>
        range.Bus == this && Find((ushort)range.Start) == range;

    private protected override void Update(BusRange range, bool isPresent) =>
        table = table.With(range, isPresent);
}
