using System.Buffers.Binary;

namespace KvmInterop.Machine.Virtio.Block;

/// <summary>The first bytes of an overlay's file. All numbers are little-endian.</summary>
/// <remarks>
/// <code>
///  0  8  "KVMIOVL\n"
///  8  4  version, 1
/// 12  4  log2 of a cluster's bytes, 16
/// 16  8  bytes of the disk, which are those of its base
/// 4096   bitmap, a bit for each cluster that is in this file; then, from the next cluster's beginning on,
///        the disk: each cluster at its place, those that are not here are holes
/// </code>
/// </remarks>
internal readonly record struct OverlayHeader(long DiskLength)
{
    internal const int Size = 4096;
    internal const int ClusterShift = 16;
    internal const int ClusterSize = 1 << ClusterShift;

    private const int Used = 24;
    private const uint Version = 1;

    private static ReadOnlySpan<byte> Magic => "KVMIOVL\n"u8;

    internal long ClusterCount => (DiskLength + ClusterSize - 1) >> ClusterShift;

    /// <summary>Bytes of the bitmap, whole pages.</summary>
    internal long BitmapLength => ((ClusterCount + 7) / 8 + Size - 1) / Size * Size;

    internal static long BitmapOffset => Size;

    internal long DataOffset => (BitmapOffset + BitmapLength + ClusterSize - 1) >> ClusterShift << ClusterShift;

    internal void Write(Span<byte> bytes)
    {
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], ClusterShift);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], DiskLength);
    }

    /// <summary>Checks what is in a file.</summary>
    /// <exception cref="IOException">It is no overlay, or not one of this base.</exception>
    internal static void Check(ReadOnlySpan<byte> bytes, string path, OverlayHeader expected)
    {
        if (bytes.Length < Used || !bytes.StartsWith(Magic))
        {
            throw new IOException($"{path} is no overlay of a disk; name a file that is not there to make one");
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        int shift = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]);
        long length = BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]);
        if (version != Version || shift != ClusterShift)
        {
            throw new IOException(
                $"the overlay {path} is of version {version} with clusters of 2^{shift} bytes, and this "
                + $"program knows version {Version} with 2^{ClusterShift}");
        }

        if (length != expected.DiskLength)
        {
            throw new IOException(
                $"the overlay {path} is of a disk of {length:#,0} bytes, and its base has "
                + $"{expected.DiskLength:#,0}; use the base that it was made of");
        }
    }
}
