using Microsoft.Win32.SafeHandles;

namespace KvmInterop;

/// <summary>
/// A region's memory in a file, byte n at offset n. Pages of zeros are holes, which take no room on the disk.
/// </summary>
internal static class MemoryFile
{
    private const int Chunk = 1 << 20;

    /// <summary>Writes the ranges of the region; the file has the region's size afterwards.</summary>
    internal static void Write(
        GuestMemory memory, SnapshotRegion region, SafeFileHandle file, ProgressCounter progress)
    {
        int page = Environment.SystemPageSize;
        RandomAccess.SetLength(file, (long)region.Size);
        foreach (GuestPageRange piece in Pieces(region))
        {
            progress.Check();
            using GuestMemoryReadLease lease = memory.LeaseForReading(piece.Address, (int)piece.Size);
            WritePages(lease.Span, file, (long)(piece.Address - region.Address), page);
            progress.Add(piece.Size);
        }
    }

    /// <summary>Copies the ranges from the file.</summary>
    /// <param name="memory">Where to.</param>
    /// <param name="region">Whose ranges.</param>
    /// <param name="file">Where from.</param>
    /// <param name="isZeroed">The memory is new: pages of zeros are left as they are, and take no room.</param>
    /// <param name="progress">Told of each piece.</param>
    /// <exception cref="StateException">The file ends before the region does.</exception>
    internal static void Read(
        GuestMemory memory, SnapshotRegion region, SafeFileHandle file, bool isZeroed,
        ProgressCounter progress)
    {
        byte[] buffer = isZeroed ? new byte[(int)Math.Min(Chunk, region.Size)] : [];
        try
        {
            foreach (GuestPageRange piece in Pieces(region))
            {
                progress.Check();
                long offset = (long)(piece.Address - region.Address);
                if (isZeroed)
                {
                    Span<byte> bytes = buffer.AsSpan(0, (int)piece.Size);
                    ReadAll(file, bytes, offset);
                    CopyPages(bytes, memory, piece.Address);
                }
                else
                {
                    memory.ReadFrom(file, offset, piece.Address, piece.Size);
                }

                progress.Add(piece.Size);
            }
        }
        catch (EndOfStreamException e)
        {
            throw new StateException($"the memory file {region.File} was cut off while it was read", e);
        }
    }

    private static void CopyPages(ReadOnlySpan<byte> bytes, GuestMemory memory, ulong address)
    {
        int page = Environment.SystemPageSize;
        for (int at = 0; at < bytes.Length; at += page)
        {
            ReadOnlySpan<byte> one = bytes.Slice(at, page);
            if (one.ContainsAnyExcept((byte)0))
            {
                memory.Write(address + (ulong)at, one);
            }
        }
    }

    private static void WritePages(ReadOnlySpan<byte> bytes, SafeFileHandle file, long offset, int page)
    {
        // Runs of pages that are not zero, each in one call.
        int start = -1;
        for (int at = 0; at <= bytes.Length; at += page)
        {
            if (at < bytes.Length && bytes.Slice(at, page).ContainsAnyExcept((byte)0))
            {
                start = start < 0 ? at : start;
            }
            else if (start >= 0)
            {
                RandomAccess.Write(file, bytes[start..at], offset + start);
                start = -1;
            }
        }
    }

    private static void ReadAll(SafeFileHandle file, Span<byte> bytes, long offset)
    {
        while (!bytes.IsEmpty)
        {
            int count = RandomAccess.Read(file, bytes, offset);
            if (count == 0)
            {
                throw new EndOfStreamException();
            }

            bytes = bytes[count..];
            offset += count;
        }
    }

    private static IEnumerable<GuestPageRange> Pieces(SnapshotRegion region)
    {
        IReadOnlyList<GuestPageRange> ranges = region.Pages ?? [new(region.Address, region.Size)];
        foreach (GuestPageRange range in ranges)
        {
            for (ulong done = 0; done < range.Size;)
            {
                ulong size = Math.Min(Chunk, range.Size - done);
                yield return new GuestPageRange(range.Address + done, size);
                done += size;
            }
        }
    }
}
