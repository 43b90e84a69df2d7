namespace KvmInterop.Machine.Virtio.Block;

// Which bytes are where.
public sealed partial class OverlayBlockImage
{
    /// <inheritdoc/>
    public override void Read(Span<byte> destination, long offset)
    {
        while (!destination.IsEmpty)
        {
            bool isHere = IsHere(offset >> OverlayHeader.ClusterShift);
            Span<byte> run = destination[..(int)RunLength(offset, destination.Length, isHere)];
            if (isHere)
            {
                file.Read(run, header.DataOffset + offset);
            }
            else
            {
                lower.Read(run, offset);
            }

            destination = destination[run.Length..];
            offset += run.Length;
        }
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> source, long offset)
    {
        PrepareWrite(offset, source.Length);
        file.Write(source, header.DataOffset + offset);
        SetRangeHere(offset, source.Length);
    }

    /// <summary>Gives back the room of whole clusters that are in the overlay; the base keeps its own.</summary>
    /// <inheritdoc/>
    public override void Discard(long offset, long length)
    {
        (long start, long end) = WholeClusters(offset, length);
        for (long place = start; place < end;)
        {
            bool isHere = IsHere(place >> OverlayHeader.ClusterShift);
            long run = RunLength(place, end - place, isHere);
            if (isHere)
            {
                file.TryPunchHole(header.DataOffset + place, run);
            }

            place += run;
        }
    }

    /// <inheritdoc/>
    public override void WriteZeroes(long offset, long length, bool mayUnmap)
    {
        PrepareWrite(offset, length);
        file.WriteZeroes(header.DataOffset + offset, length, mayUnmap);
        SetRangeHere(offset, length);
    }

    // How far the clusters go on being here, or not being here.
    private long RunLength(long offset, long most, bool isHere)
    {
        long length = Math.Min(most, OverlayHeader.ClusterSize - (offset & (OverlayHeader.ClusterSize - 1)));
        while (length < most && IsHere((offset + length) >> OverlayHeader.ClusterShift) == isHere)
        {
            length = Math.Min(most, length + OverlayHeader.ClusterSize);
        }

        return length;
    }

    // A cluster of which only a part is written gets the rest from the base, first.
    private void PrepareWrite(long offset, long length)
    {
        if (length == 0)
        {
            return;
        }

        (long start, long end) = WholeClusters(offset, length);
        long first = offset >> OverlayHeader.ClusterShift;
        long last = (offset + length - 1) >> OverlayHeader.ClusterShift;
        CopyUnlessWhole(first, start, end);
        if (last != first)
        {
            CopyUnlessWhole(last, start, end);
        }
    }

    private void CopyUnlessWhole(long index, long start, long end)
    {
        long place = index << OverlayHeader.ClusterShift;
        if (IsHere(index) || (place >= start && place < end))
        {
            return;
        }

        Span<byte> bytes = cluster.AsSpan(0, (int)Math.Min(OverlayHeader.ClusterSize, Length - place));
        lower.Read(bytes, place);
        file.Write(bytes, header.DataOffset + place);
        SetHere(index);
    }

    private void SetRangeHere(long offset, long length)
    {
        if (length > 0)
        {
            long last = (offset + length - 1) >> OverlayHeader.ClusterShift;
            for (long index = offset >> OverlayHeader.ClusterShift; index <= last; index++)
            {
                SetHere(index);
            }
        }
    }

    // The clusters that lie in a range wholly. The disk's last one may be shorter.
    private (long Start, long End) WholeClusters(long offset, long length)
    {
        const long Mask = OverlayHeader.ClusterSize - 1;
        long end = offset + length;
        long start = (offset + Mask) & ~Mask;
        return (start, end == Length ? end : end & ~Mask);
    }
}
