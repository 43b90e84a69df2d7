using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KvmInterop.Native;
using Microsoft.Win32.SafeHandles;

namespace KvmInterop;

// Files from and to pieces of memory, a system call for many of them.
public sealed partial class GuestMemory
{
    private const int PiecesOfACall = 64;

    /// <summary>
    /// Fills pieces of guest memory, one after the other, from a file, without a copy in between (preadv).
    /// </summary>
    /// <remarks>Allocates nothing. What a <see cref="DirtyTracker"/> counts are the pieces as a whole.</remarks>
    /// <param name="file">Open for reading, with offsets.</param>
    /// <param name="fileOffset">Where in the file to begin.</param>
    /// <param name="buffers">The pieces; each may lie over regions that touch.</param>
    /// <exception cref="GuestMemoryException">Not all of it is memory; earlier pieces may be filled.</exception>
    /// <exception cref="EndOfStreamException">The file ends before; what it has is in memory.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public void ReadFrom(SafeFileHandle file, long fileOffset, ReadOnlySpan<GuestBuffer> buffers) =>
        Transfer(file, fileOffset, buffers, isRead: true);

    /// <summary>
    /// Writes pieces of guest memory, one after the other, to a file, without a copy in between (pwritev).
    /// </summary>
    /// <remarks>Allocates nothing. What the guest changes meanwhile is written in one state or the
    /// other.</remarks>
    /// <param name="file">Open for writing, with offsets.</param>
    /// <param name="fileOffset">Where in the file to begin.</param>
    /// <param name="buffers">The pieces; each may lie over regions that touch.</param>
    /// <exception cref="GuestMemoryException">Not all of it is memory; earlier pieces may be written.
    /// </exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void WriteTo(SafeFileHandle file, long fileOffset, ReadOnlySpan<GuestBuffer> buffers) =>
        Transfer(file, fileOffset, buffers, isRead: false);

    // SAFETY: the vectors are on this method's stack. What they point to was found in regions whose mappings
    // are held by a reference each (Gather) until the call has returned (LetGo), with lengths cut to them.
    private unsafe void Transfer(
        SafeFileHandle file, long fileOffset, ReadOnlySpan<GuestBuffer> buffers, bool isRead)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentOutOfRangeException.ThrowIfNegative(fileOffset);
        Libc.IoVector* vectors = stackalloc Libc.IoVector[PiecesOfACall];
        HeldRegions held = default;

        // Bytes of the first buffer that are done.
        uint done = 0;
        while (SkipDone(ref buffers, ref done))
        {
            int count = Gather(buffers, done, new Span<Libc.IoVector>(vectors, PiecesOfACall), ref held);
            nint moved;
            int error;
            try
            {
                moved = isRead
                    ? Libc.ReadVectors(file, vectors, count, fileOffset)
                    : Libc.WriteVectors(file, vectors, count, fileOffset);
                error = Marshal.GetLastPInvokeError();
            }
            finally
            {
                LetGo(new ReadOnlySpan<Libc.IoVector>(vectors, count), ref held, isRead);
            }

            if (moved <= 0)
            {
                moved = moved < 0 && error == Errno.EINTR ? 0 : ThrowForFile(moved, error, fileOffset);
            }

            fileOffset += moved;
            Advance(ref buffers, ref done, (ulong)moved);
        }
    }

    private unsafe int Gather(
        ReadOnlySpan<GuestBuffer> buffers, uint done, Span<Libc.IoVector> vectors, ref HeldRegions held)
    {
        GuestMemoryRegion[] snapshot = regions;
        int count = 0;
        foreach (GuestBuffer buffer in buffers)
        {
            ulong address = buffer.Address + done;
            uint left = buffer.Length - done;
            done = 0;
            while (left > 0 && count < vectors.Length)
            {
                int index = address >= buffer.Address ? IndexOf(snapshot, address) : -1;
                if (index < 0 || !snapshot[index].Mapping.TryAddReference())
                {
                    LetGo(vectors[..count], ref held, isRead: false);
                    ThrowNotMemory(address, left);
                }

                GuestMemoryRegion region = snapshot[index];
                ulong offset = address - region.Address;
                uint part = (uint)Math.Min(left, region.Size - offset);
                vectors[count].Start = region.Mapping.Pointer + offset;
                vectors[count].Length = part;
                held[count++] = region;
                address += part;
                left -= part;
            }

            if (count == vectors.Length)
            {
                break;
            }
        }

        return count;
    }

    private static unsafe void LetGo(ReadOnlySpan<Libc.IoVector> vectors, ref HeldRegions held, bool isRead)
    {
        for (int i = 0; i < vectors.Length; i++)
        {
            GuestMemoryRegion region = held[i];
            if (isRead)
            {
                region.Dirty?.Mark((ulong)(vectors[i].Start - region.Mapping.Pointer), vectors[i].Length);
            }

            region.Mapping.DangerousRelease();
        }
    }

    private static bool SkipDone(ref ReadOnlySpan<GuestBuffer> buffers, ref uint done)
    {
        while (!buffers.IsEmpty && buffers[0].Length == done)
        {
            buffers = buffers[1..];
            done = 0;
        }

        return !buffers.IsEmpty;
    }

    private static void Advance(ref ReadOnlySpan<GuestBuffer> buffers, ref uint done, ulong moved)
    {
        while (moved > 0)
        {
            uint part = (uint)Math.Min(moved, buffers[0].Length - done);
            done += part;
            moved -= part;
            SkipDone(ref buffers, ref done);
        }
    }

    private static nint ThrowForFile(nint moved, int error, long fileOffset) => throw (moved == 0
        ? new EndOfStreamException($"the file ends at {fileOffset:#,0}, and more was to be read")
        : new IOException(
            $"a file could not be read or written at {fileOffset:#,0}: {Marshal.GetPInvokeErrorMessage(error)}"));

    [InlineArray(PiecesOfACall)]
    private struct HeldRegions
    {
        private GuestMemoryRegion first;
    }
}
