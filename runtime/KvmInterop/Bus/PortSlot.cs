using System.Runtime.CompilerServices;

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
    private readonly int room = room;

    /// <summary>Whether there is a device.</summary>
    internal bool IsTaken => read is not null;

    /// <summary>A read that starts here. What lies beyond the end reads as an empty bus.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Read(Span<byte> data)
    {
        if (data.Length > room)
        {
            data = CutForRead(data);
        }

        read!((uint)offset, data);
    }

    /// <summary>A write that starts here. What lies beyond the end is dropped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Write(ReadOnlySpan<byte> data)
    {
        if (data.Length > room)
        {
            data = data[..room];
        }

        write!((uint)offset, data);
    }

    private Span<byte> CutForRead(Span<byte> data)
    {
        data[room..].Fill(byte.MaxValue);
        return data[..room];
    }
}
