using System.Buffers.Binary;

namespace KvmInterop.Machine.Virtio.Block;

// Requests: struct virtio_blk_req (5.2.6).
public sealed partial class VirtioBlock
{
    private const int HeaderLength = 16;
    private const int RangeLength = 16;

    // Bit of struct virtio_blk_discard_write_zeroes' flags.
    private const uint UnmapFlag = 1;

    private enum RequestType : uint
    {
        In = 0,
        Out = 1,
        Flush = 4,
        GetId = 8,
        Discard = 11,
        WriteZeroes = 13,
    }

    private enum RequestStatus : byte
    {
        Ok = 0,
        IoError = 1,
        Unsupported = 2,
    }

    /// <inheritdoc/>
    protected override uint Serve(Virtqueue queue, DescriptorChain request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!request.TryTakeLastWritable(out ulong statusAddress))
        {
            // There is nowhere to say anything.
            return 0;
        }

        bool hasData = request.WritableLeft > 0;
        RequestStatus status = Perform(request);
        bool isTold = Memory.TryWrite(statusAddress, (byte)status);

        // Only what was written from the first byte on without a gap may be counted (2.7.8.2).
        return !isTold || (hasData && request.WritableLeft > 0) ? 0
            : status == RequestStatus.Ok || !hasData ? request.Written + 1
            : 0;
    }

    private RequestStatus Perform(DescriptorChain request)
    {
        Span<byte> header = stackalloc byte[HeaderLength];
        if (!request.TryRead(header))
        {
            return RequestStatus.IoError;
        }

        ulong sector = BinaryPrimitives.ReadUInt64LittleEndian(header[8..]);
        try
        {
            return (RequestType)BinaryPrimitives.ReadUInt32LittleEndian(header) switch
            {
                RequestType.In => Read(request, sector),
                RequestType.Out => Write(request, sector),
                RequestType.Flush => Flush(),
                RequestType.GetId => GetId(request),
                RequestType.Discard => Ranges(request, DiscardCommand, MostDiscardSectors, isDiscard: true),
                RequestType.WriteZeroes =>
                    Ranges(request, WriteZeroesCommand, MostWriteZeroesSectors, isDiscard: false),
                _ => RequestStatus.Unsupported,
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or GuestMemoryException)
        {
            return RequestStatus.IoError;
        }
    }

    private RequestStatus Read(DescriptorChain request, ulong sector)
    {
        if (!IsInside(sector, request.WritableLeft))
        {
            return RequestStatus.IoError;
        }

        image.Read(Memory, request.TakeWritable(), (long)sector * BlockImage.SectorSize);
        return RequestStatus.Ok;
    }

    private RequestStatus Write(DescriptorChain request, ulong sector)
    {
        if (image.IsReadOnly || !IsInside(sector, request.ReadableLeft))
        {
            return RequestStatus.IoError;
        }

        image.Write(Memory, request.TakeReadable(), (long)sector * BlockImage.SectorSize);

        // A driver that knows of no flushes expects a disk without a cache (5.2.6.2).
        return Has(FlushCommand) ? RequestStatus.Ok : Flush();
    }

    private RequestStatus Flush()
    {
        image.Flush();
        return RequestStatus.Ok;
    }

    private RequestStatus GetId(DescriptorChain request) =>
        request.TryWrite(id.AsSpan(0, (int)Math.Min(request.WritableLeft, IdLength)))
            ? RequestStatus.Ok
            : RequestStatus.IoError;

    // struct virtio_blk_discard_write_zeroes (5.2.6), one or more.
    private RequestStatus Ranges(DescriptorChain request, ulong feature, uint mostSectors, bool isDiscard)
    {
        if (!Has(feature))
        {
            return RequestStatus.Unsupported;
        }

        if (request.ReadableLeft % RangeLength != 0
            || request.ReadableLeft > MostRangeSegments * RangeLength)
        {
            return RequestStatus.IoError;
        }

        Span<byte> range = stackalloc byte[RangeLength];
        while (request.ReadableLeft > 0)
        {
            if (!request.TryRead(range))
            {
                return RequestStatus.IoError;
            }

            ulong sector = BinaryPrimitives.ReadUInt64LittleEndian(range);
            uint count = BinaryPrimitives.ReadUInt32LittleEndian(range[8..]);
            uint flags = BinaryPrimitives.ReadUInt32LittleEndian(range[12..]);
            if ((flags & ~(isDiscard ? 0 : UnmapFlag)) != 0)
            {
                return RequestStatus.Unsupported;
            }

            ulong bytes = (ulong)count * BlockImage.SectorSize;
            if (count > mostSectors || !IsInside(sector, bytes))
            {
                return RequestStatus.IoError;
            }

            long offset = (long)sector * BlockImage.SectorSize;
            if (isDiscard)
            {
                image.Discard(offset, (long)bytes);
            }
            else
            {
                image.WriteZeroes(offset, (long)bytes, (flags & UnmapFlag) != 0);
            }
        }

        return RequestStatus.Ok;
    }

    private bool IsInside(ulong sector, ulong bytes)
    {
        ulong sectors = (ulong)image.Length / BlockImage.SectorSize;
        return bytes % BlockImage.SectorSize == 0
            && sector <= sectors
            && bytes / BlockImage.SectorSize <= sectors - sector;
    }
}
