using System.Runtime.CompilerServices;

namespace KvmInterop;

/// <summary>What an access needs of a range: where it is, and who answers.</summary>
/// <remarks>
/// Lies in the buses' tables by value, so that an access reads one line of the cache before the device's.
/// Tables never change once an access can see them, so place and device are of one moment. The device is
/// there as two delegates, as it would be as two pointers to functions in C: a bus has devices of many
/// classes, among which a call through the interface searches each time.
/// </remarks>
/// <param name="start">The first port or address.</param>
/// <param name="size">How many.</param>
/// <param name="target">The device, or what counts its accesses.</param>
internal readonly struct BusSlot(ulong start, ulong size, IBusDevice target)
{
    // Null where there is no device.
    private readonly BusRead? read = target.Read;
    private readonly BusWrite? write = target.Write;
    private readonly ulong start = start;
    private readonly ulong size = size;

    internal bool Contains(ulong address) => address - start < size;

    /// <summary>A read that starts inside. What lies beyond the end reads as an empty bus.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Read(ulong address, Span<byte> data)
    {
        ulong offset = address - start;
        if ((ulong)data.Length > size - offset)
        {
            data = CutForRead(offset, data);
        }

        read!(offset, data);
    }

    /// <summary>A write that starts inside. What lies beyond the end is dropped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Write(ulong address, ReadOnlySpan<byte> data)
    {
        ulong offset = address - start;
        if ((ulong)data.Length > size - offset)
        {
            data = data[..(int)(size - offset)];
        }

        write!(offset, data);
    }

    /// <summary>The slot of one of its ports.</summary>
    internal PortSlot At(int port) =>
        new(read!, write!, port - (int)start, (int)(size - ((ulong)port - start)));

    private Span<byte> CutForRead(ulong offset, Span<byte> data)
    {
        int inside = (int)(size - offset);
        data[inside..].Fill(byte.MaxValue);
        return data[..inside];
    }
}
