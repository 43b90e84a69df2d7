using System.Runtime.CompilerServices;

namespace KvmInterop;

/// <summary>What a bus's tables hold for a range: where it is, and who answers. Never changed.</summary>
/// <remarks>
/// A replaced device gets an entry of its own, so that an access has place and device from one moment.
/// </remarks>
internal sealed class BusEntry(BusRange range, IBusDevice target)
{
    private readonly ulong start = range.Start;
    private readonly ulong size = range.Size;

    // The device, or what counts its accesses.
    private readonly IBusDevice target = target;

    internal BusRange Range { get; } = range;

    internal ulong Start => start;

    internal ulong Last => start + (size - 1);

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

        target.Read(offset, data);
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

        target.Write(offset, data);
    }

    private Span<byte> CutForRead(ulong offset, Span<byte> data)
    {
        int inside = (int)(size - offset);
        data[inside..].Fill(byte.MaxValue);
        return data[..inside];
    }
}
