using Microsoft.Win32.SafeHandles;

namespace KvmInterop;

public sealed partial class GuestMemory
{
    /// <summary>Fills guest memory from a file, without a copy in between (pread).</summary>
    /// <param name="file">Open for reading. The stream of a pipe or a socket is read into a
    /// <see cref="Lease"/> instead.</param>
    /// <param name="fileOffset">Where in the file to begin.</param>
    /// <param name="address">The first guest-physical address.</param>
    /// <param name="length">Bytes, of any number; over regions that touch.</param>
    /// <exception cref="GuestMemoryException">Not all of it is memory; nothing was read.</exception>
    /// <exception cref="EndOfStreamException">The file ends before; what it has is in memory.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="NotSupportedException">It has no offsets.</exception>
    public void ReadFrom(SafeFileHandle file, long fileOffset, ulong address, ulong length)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentOutOfRangeException.ThrowIfNegative(fileOffset);
        Pieces pieces = new(this, address, length);
        long offset = fileOffset;
        while (pieces.Next(out GuestMemoryLease piece))
        {
            using (piece)
            {
                for (Span<byte> rest = piece.Span; !rest.IsEmpty;)
                {
                    int read = RandomAccess.Read(file, rest, offset);
                    if (read == 0)
                    {
                        throw new EndOfStreamException(
                            $"the file ends {offset - fileOffset:#,0} bytes after offset {fileOffset:#,0}, "
                            + $"where {length:#,0} were to be read for guest address 0x{address:x}");
                    }

                    offset += read;
                    rest = rest[read..];
                }
            }
        }
    }

    /// <summary>Writes guest memory to a file, without a copy in between (pwrite).</summary>
    /// <remarks>What the guest changes meanwhile is written in one state or the other.</remarks>
    /// <param name="file">Open for writing. To the stream of a pipe or a socket goes a
    /// <see cref="LeaseForReading"/> instead.</param>
    /// <param name="fileOffset">Where in the file to begin.</param>
    /// <param name="address">The first guest-physical address.</param>
    /// <param name="length">Bytes, of any number; over regions that touch.</param>
    /// <exception cref="GuestMemoryException">Not all of it is memory; nothing was written.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="NotSupportedException">It has no offsets.</exception>
    public void WriteTo(SafeFileHandle file, long fileOffset, ulong address, ulong length)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentOutOfRangeException.ThrowIfNegative(fileOffset);
        Pieces pieces = new(this, address, length);
        while (pieces.Next(out GuestMemoryLease writable))
        {
            using GuestMemoryReadLease piece = writable.ForReading();
            RandomAccess.Write(file, piece.Span, fileOffset);
            fileOffset += piece.Span.Length;
        }
    }
}
