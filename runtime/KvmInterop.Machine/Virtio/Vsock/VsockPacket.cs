using System.Buffers.Binary;

namespace KvmInterop.Machine.Virtio.Vsock;

/// <summary><c>struct virtio_vsock_hdr</c> (virtio 1.2, section 5.10.6), packed, little-endian.</summary>
internal readonly record struct VsockPacket(
    ulong SourceCid, ulong DestinationCid, uint SourcePort, uint DestinationPort, uint Length, ushort Type,
    VsockOperation Operation, uint Flags, uint BufferSize, uint Forwarded)
{
    /// <summary>Bytes of a header.</summary>
    internal const int HeaderLength = 44;

    /// <summary>VIRTIO_VSOCK_TYPE_STREAM.</summary>
    internal const ushort Stream = 1;

    /// <summary>VIRTIO_VSOCK_SHUTDOWN_F_RECEIVE: the sender of it reads no more.</summary>
    internal const uint ReceivesNoMore = 1;

    /// <summary>VIRTIO_VSOCK_SHUTDOWN_F_SEND: the sender of it writes no more.</summary>
    internal const uint SendsNoMore = 2;

    internal static VsockPacket Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[24..]),
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[28..]),
        (VsockOperation)BinaryPrimitives.ReadUInt16LittleEndian(bytes[30..]),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[32..]),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[36..]),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[40..]));

    internal void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, SourceCid);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], DestinationCid);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[16..], SourcePort);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[20..], DestinationPort);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[24..], Length);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[28..], Type);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[30..], (ushort)Operation);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[32..], Flags);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[36..], BufferSize);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[40..], Forwarded);
    }
}
