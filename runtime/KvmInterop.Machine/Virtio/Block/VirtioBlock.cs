using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace KvmInterop.Machine.Virtio.Block;

/// <summary>A disk (virtio 1.2, section 5.2).</summary>
/// <remarks>
/// Reads and writes go between the image and guest memory without a copy. They may block, so give it an
/// <see cref="EventLoop"/> that nobody else waits for.
/// </remarks>
public sealed partial class VirtioBlock : VirtioDevice
{
    /// <summary>Bytes of a disk's serial number (5.2.6, VIRTIO_BLK_T_GET_ID).</summary>
    internal const int IdLength = 20;

    // Feature bits (5.2.3).
    private const ulong SegmentMaximum = 1UL << 2;
    private const ulong ReadOnly = 1UL << 5;
    private const ulong BlockSize = 1UL << 6;
    private const ulong FlushCommand = 1UL << 9;
    private const ulong Topology = 1UL << 10;
    private const ulong MultiQueue = 1UL << 12;
    private const ulong DiscardCommand = 1UL << 13;
    private const ulong WriteZeroesCommand = 1UL << 14;

    // struct virtio_blk_config (5.2.4), up to write_zeroes_may_unmap and its padding.
    private const int ConfigurationBytes = 60;

    // Limits of one discard or write-zeroes segment in sectors: 1 GiB, and 16 MiB, which may have to be
    // written; and how many segments one request has.
    private const uint MostDiscardSectors = 1 << 21;
    private const uint MostWriteZeroesSectors = 1 << 15;
    private const uint MostRangeSegments = 16;

    private readonly BlockImage image;
    private readonly byte[] id = new byte[IdLength];
    private readonly DescriptorChain[] chains;

    /// <summary>Makes a disk, to be put behind a transport.</summary>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="loop">On whose thread it works, which a slow disk blocks.</param>
    /// <param name="image">What is on it; read-only if the image is. Owned: disposed with the disk.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public VirtioBlock(
        GuestMemory memory, EventLoop loop, BlockImage image, VirtioBlockOptions? options = null)
        : base(
            VirtioDeviceType.Block, memory, loop, QueueSizes(options ??= new VirtioBlockOptions()),
            FeaturesOf(image, options), ConfigurationBytes)
    {
        this.image = image;
        Encoding.ASCII.GetBytes(options.Serial, id);
        chains = new DescriptorChain[QueueCount];
        for (int i = 0; i < chains.Length; i++)
        {
            chains[i] = Queue(i).CreateChain();
        }

        SetConfiguration(0, Configuration(image, options));
    }

    /// <inheritdoc/>
    protected override void ProcessQueue(Virtqueue queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        ServeRequests(queue, chains[queue.Index]);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            image.Dispose();
        }
    }

    private static int[] QueueSizes(VirtioBlockOptions options)
    {
        options.Check();
        int[] sizes = new int[options.QueueCount];
        Array.Fill(sizes, options.QueueSize);
        return sizes;
    }

    private static ulong FeaturesOf(BlockImage image, VirtioBlockOptions options)
    {
        ArgumentNullException.ThrowIfNull(image);
        ulong features = SegmentMaximum | BlockSize | Topology | FlushCommand;
        features |= options.QueueCount > 1 ? MultiQueue : 0;
        return features | (image.IsReadOnly ? ReadOnly : DiscardCommand | WriteZeroesCommand);
    }

    private static byte[] Configuration(BlockImage image, VirtioBlockOptions options)
    {
        byte[] bytes = new byte[ConfigurationBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, image.Length / BlockImage.SectorSize);

        // seg_max: a request's header and status take two descriptors of a chain.
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), options.QueueSize - 2);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(20), options.BlockSize);
        bytes[24] = (byte)BitOperations.Log2((uint)(options.PhysicalBlockSize / options.BlockSize));
        BinaryPrimitives.WriteUInt16LittleEndian(
            bytes.AsSpan(26), (ushort)Math.Min(options.PhysicalBlockSize / options.BlockSize, ushort.MaxValue));
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(34), (short)options.QueueCount);
        if (!image.IsReadOnly)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(36), MostDiscardSectors);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(40), MostRangeSegments);
            BinaryPrimitives.WriteInt32LittleEndian(
                bytes.AsSpan(44), options.BlockSize / BlockImage.SectorSize);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(48), MostWriteZeroesSectors);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(52), MostRangeSegments);
            bytes[56] = 1;
        }

        return bytes;
    }
}
