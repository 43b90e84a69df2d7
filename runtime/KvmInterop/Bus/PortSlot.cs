namespace KvmInterop;

/// <summary>What an access needs of a port: where in its device it is, and who answers.</summary>
/// <remarks>
/// As <see cref="BusSlot"/>, but each port has its own, so that offset and room are there and not computed.
/// </remarks>
/// <param name="read">The device's read.</param>
/// <param name="write">The device's write.</param>
/// <param name="offset">The port, from the start of the device.</param>
/// <param name="room">Ports from this one to the device's last.</param>
internal readonly struct PortSlot(BusRead read, BusWrite write, int offset, int room)
{
    // Null where there is no device.
    private readonly BusRead? read = read;
    private readonly BusWrite? write = write;
    private readonly int offset = offset;

    // One more than there is room for, so that 0, where there is no device, has no access at all inside.
    private readonly int limit = room + 1;

    /// <summary>Whether there is a device.</summary>
    internal bool IsTaken => read is not null;

    /// <summary>Whether there is a device with room for so many bytes.</summary>
    internal bool HasRoomFor(int length) => length < limit;

    /// <summary>A read that starts here and has room.</summary>
    internal void Read(Span<byte> data) => read!((uint)offset, data);

    /// <summary>A write that starts here and has room.</summary>
    internal void Write(ReadOnlySpan<byte> data) => write!((uint)offset, data);

    /// <summary>A read that goes beyond the device's end, which there reads as an empty bus.</summary>
    internal void ReadInside(Span<byte> data)
    {
        int room = limit - 1;
        data[room..].Fill(byte.MaxValue);
        Read(data[..room]);
    }

    /// <summary>A write that goes beyond the device's end, and is dropped there.</summary>
    internal void WriteInside(ReadOnlySpan<byte> data) => Write(data[..(limit - 1)]);
}
