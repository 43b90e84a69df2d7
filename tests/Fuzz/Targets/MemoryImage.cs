using KvmInterop.Machine.Virtio.Block;

namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>A disk in memory, which checks what it is asked.</summary>
internal sealed class MemoryImage(int sectors, bool isReadOnly = false) : BlockImage
{
    private readonly byte[] bytes = new byte[sectors * SectorSize];

    public override long Length => bytes.Length;

    public override bool IsReadOnly => isReadOnly;

    public override void Read(Span<byte> destination, long offset) =>
        bytes.AsSpan(checked((int)offset), destination.Length).CopyTo(destination);

    public override void Write(ReadOnlySpan<byte> source, long offset) =>
        source.CopyTo(Changed(offset, source.Length));

    public override void Flush()
    {
    }

    public override void Discard(long offset, long length) => Changed(offset, length).Clear();

    public override void WriteZeroes(long offset, long length, bool mayUnmap) =>
        Changed(offset, length).Clear();

    protected override void Dispose(bool disposing)
    {
    }

    private Span<byte> Changed(long offset, long length) => isReadOnly
        ? throw new FuzzFailureException("a read-only image is written")
        : bytes.AsSpan(checked((int)offset), checked((int)length));
}
