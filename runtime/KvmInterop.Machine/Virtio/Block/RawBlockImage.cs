using Microsoft.Win32.SafeHandles;

namespace KvmInterop.Machine.Virtio.Block;

/// <summary>A file whose bytes are the disk's bytes.</summary>
public sealed class RawBlockImage : BlockImage
{
    private readonly DiskFile file;

    private RawBlockImage(DiskFile file, long length, bool isReadOnly)
    {
        this.file = file;
        Length = length;
        IsReadOnly = isReadOnly;
    }

    /// <inheritdoc/>
    public override long Length { get; }

    /// <inheritdoc/>
    public override bool IsReadOnly { get; }

    /// <summary>Opens a file, which nobody may write meanwhile, and of which a part of a sector at its end is
    /// not used.</summary>
    /// <param name="path">A regular file.</param>
    /// <param name="isReadOnly">Whether it is only read; then others may read it too.</param>
    /// <exception cref="IOException">It is not there, is in use, or has no whole sector.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened so.</exception>
    public static RawBlockImage Open(string path, bool isReadOnly = false)
    {
        SafeFileHandle handle = File.OpenHandle(
            path, FileMode.Open,
            isReadOnly ? FileAccess.Read : FileAccess.ReadWrite,
            isReadOnly ? FileShare.Read : FileShare.None,
            FileOptions.RandomAccess);
        try
        {
            long length = RandomAccess.GetLength(handle) / SectorSize * SectorSize;
            if (length == 0)
            {
                throw new IOException(
                    $"the disk image {path} has not one sector of {SectorSize} bytes; make it larger, with "
                    + "truncate for example");
            }

            return new RawBlockImage(new DiskFile(handle), length, isReadOnly);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Read(Span<byte> destination, long offset) => file.Read(destination, offset);

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> source, long offset) => file.Write(source, offset);

    /// <inheritdoc/>
    /// <remarks>One system call for many buffers.</remarks>
    public override void Read(GuestMemory memory, ReadOnlySpan<GuestBuffer> buffers, long offset) =>
        file.Read(memory, buffers, offset);

    /// <inheritdoc/>
    /// <remarks>One system call for many buffers.</remarks>
    public override void Write(GuestMemory memory, ReadOnlySpan<GuestBuffer> buffers, long offset) =>
        file.Write(memory, buffers, offset);

    /// <inheritdoc/>
    public override void Flush()
    {
        if (!IsReadOnly)
        {
            file.Flush();
        }
    }

    /// <inheritdoc/>
    public override void Discard(long offset, long length) => file.TryPunchHole(offset, length);

    /// <inheritdoc/>
    public override void WriteZeroes(long offset, long length, bool mayUnmap) =>
        file.WriteZeroes(offset, length, mayUnmap);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => file.Dispose();
}
