using Microsoft.Win32.SafeHandles;

namespace KvmInterop.Machine.Virtio.Block;

/// <summary>
/// What was written to a disk, in a file of its own, over a base that stays as it is (copy on write).
/// </summary>
/// <remarks>
/// A cluster of 64 KiB is copied from the base when a part of it is first written. The bitmap of clusters is
/// written by <see cref="Flush"/>, after their data: an overlay whose program or host died has all that was
/// flushed. The file is sparse. The layout is in <c>OverlayHeader.cs</c>.
/// </remarks>
public sealed partial class OverlayBlockImage : BlockImage
{
    private readonly BlockImage lower;
    private readonly DiskFile file;
    private readonly OverlayHeader header;
    private readonly byte[] bitmap;
    private readonly bool[] changedPages;
    private readonly byte[] cluster = new byte[OverlayHeader.ClusterSize];
    private bool hasChanges;
    private bool disposed;

    private OverlayBlockImage(BlockImage lower, DiskFile file, OverlayHeader header)
    {
        this.lower = lower;
        this.file = file;
        this.header = header;
        bitmap = new byte[header.BitmapLength];
        changedPages = new bool[header.BitmapLength / OverlayHeader.Size];
    }

    /// <inheritdoc/>
    public override long Length => header.DiskLength;

    /// <inheritdoc/>
    public override bool IsReadOnly => false;

    /// <summary>Opens an overlay, or makes it if the file is not there or empty.</summary>
    /// <param name="lower">The base, which is only read. Owned by the overlay from here on.</param>
    /// <param name="path">The overlay's file.</param>
    /// <exception cref="IOException">It is in use, no overlay, or one of another base.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened so.</exception>
    public static OverlayBlockImage Open(BlockImage lower, string path)
    {
        ArgumentNullException.ThrowIfNull(lower);
        SafeFileHandle handle = File.OpenHandle(
            path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, FileOptions.RandomAccess);
        return Open(lower, handle, path);
    }

    /// <summary>Makes an overlay that is gone when it is closed.</summary>
    /// <param name="lower">As for <see cref="Open(BlockImage, string)"/>.</param>
    /// <exception cref="IOException">No temporary file can be made.</exception>
    public static OverlayBlockImage Temporary(BlockImage lower)
    {
        ArgumentNullException.ThrowIfNull(lower);
        string path = Path.Combine(Path.GetTempPath(), $"kvm-overlay-{Guid.NewGuid():n}");
        SafeFileHandle handle = File.OpenHandle(
            path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None,
            FileOptions.RandomAccess | FileOptions.DeleteOnClose);
        return Open(lower, handle, path);
    }

    /// <inheritdoc/>
    public override void Flush()
    {
        if (!hasChanges)
        {
            file.Flush();
            return;
        }

        // First the data, then the bits that say that it is there.
        file.Flush();
        for (int page = 0; page < changedPages.Length; page++)
        {
            if (changedPages[page])
            {
                int start = page * OverlayHeader.Size;
                file.Write(
                    bitmap.AsSpan(start, OverlayHeader.Size), OverlayHeader.BitmapOffset + start);
            }
        }

        file.Flush();
        Array.Clear(changedPages);
        hasChanges = false;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        try
        {
            Flush();
        }
        catch (IOException)
        {
            // What the guest did not flush may be lost; what it did is in the file.
        }

        file.Dispose();
        lower.Dispose();
    }

    private static OverlayBlockImage Open(BlockImage lower, SafeFileHandle handle, string path)
    {
        DiskFile file = new(handle);
        try
        {
            OverlayHeader header = new(lower.Length);
            OverlayBlockImage overlay = new(lower, file, header);
            long length = file.GetLength();
            byte[] bytes = new byte[OverlayHeader.Size];
            if (length == 0)
            {
                header.Write(bytes);
                file.SetLength(header.DataOffset + header.DiskLength);
                file.Write(bytes, 0);
                return overlay;
            }

            file.Read(bytes.AsSpan(0, (int)Math.Min(length, bytes.Length)), 0);
            OverlayHeader.Check(bytes, path, header);
            if (length < header.DataOffset + header.DiskLength)
            {
                throw new IOException($"the overlay {path} was cut off; it has {length:#,0} bytes");
            }

            file.Read(overlay.bitmap, OverlayHeader.BitmapOffset);
            return overlay;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private bool IsHere(long index) => (bitmap[index >> 3] & (1 << (int)(index & 7))) != 0;

    private void SetHere(long index)
    {
        if (IsHere(index))
        {
            return;
        }

        bitmap[index >> 3] |= (byte)(1 << (int)(index & 7));
        changedPages[(index >> 3) / OverlayHeader.Size] = true;
        hasChanges = true;
    }
}
