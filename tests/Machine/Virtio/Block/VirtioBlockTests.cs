using System.Buffers.Binary;
using KvmInterop.Machine.Virtio;
using KvmInterop.Machine.Virtio.Block;

namespace KvmInterop.Tests.Machine.Virtio.Block;

public sealed class VirtioBlockTests
{
    private const byte Ok = 0;
    private const byte IoError = 1;
    private const byte Unsupported = 2;

    [Fact]
    public void Disk_readsAndWrites_areTheFiles()
    {
        using TemporaryFile file = new(64 * 512);
        byte[] content = File.ReadAllBytes(file.Path);
        byte[] news = TemporaryFile.Pattern(3 * 512);
        using (DiskDriver disk = new(RawBlockImage.Open(file.Path)))
        {
            Assert.Equal(64ul, disk.Capacity);
            Assert.Equal(content, disk.Read(0, content.Length));
            Assert.Equal(Ok, disk.Send(DiskDriver.Out, 61, news));
            Assert.Equal(Ok, disk.Send(DiskDriver.Flush, 0));
            Assert.Equal(news, disk.Read(61, news.Length));
        }

        news.CopyTo(content, 61 * 512);
        Assert.Equal(content, File.ReadAllBytes(file.Path));
    }

    [Fact]
    public void Disk_request_isServedHoweverItIsCut()
    {
        using TemporaryFile file = new(16 * 512);
        byte[] content = File.ReadAllBytes(file.Path);
        using DiskDriver disk = new(RawBlockImage.Open(file.Path));
        VirtioDriver driver = disk.Driver;
        DriverQueue queue = driver.Queue(0);

        // The header in three parts, the status in one buffer with the end of the data (2.7.4.1).
        ulong header = driver.Place(DiskDriver.Header(DiskDriver.In, 3));
        ulong data = driver.Allocate(2048);
        queue.Add(
            (header, 1, false), (header + 1, 7, false), (header + 8, 8, false),
            (data, 3, true), (data + 3, 1000, true), (data + 1003, 22, true));
        queue.Kick();
        driver.Pump();

        Assert.Equal((0u, 1025u), queue.TakeUsed());
        byte[] read = new byte[1025];
        driver.Memory.Read(data, read);
        Assert.Equal([.. content.AsSpan(3 * 512, 1024), Ok], read);
    }

    [Fact]
    public void Disk_bufferOverTwoRegions_isServed()
    {
        using TemporaryFile file = new(64 * 512);
        byte[] content = File.ReadAllBytes(file.Path);
        using DiskDriver disk = new(RawBlockImage.Open(file.Path));
        VirtioDriver driver = disk.Driver;
        DriverQueue queue = driver.Queue(0);
        driver.Memory.Add(VirtioDriver.MemorySize, 0x4000);
        ulong header = driver.Place(DiskDriver.Header(DiskDriver.In, 0));
        ulong status = driver.Allocate(1);
        ulong data = VirtioDriver.MemorySize - 10_000;
        queue.Add((header, 16, false), (data, 40 * 512, true), (status, 1, true));
        queue.Kick();
        driver.Pump();

        Assert.Equal((0u, (40u * 512) + 1), queue.TakeUsed());
        byte[] read = new byte[40 * 512];
        driver.Memory.Read(data, read);
        Assert.Equal(content.AsSpan(0, read.Length), read.AsSpan());

        header = driver.Place(DiskDriver.Header(DiskDriver.Out, 24));
        queue.Add((header, 16, false), (data, 40 * 512, false), (status, 1, true));
        queue.Kick();
        driver.Pump();
        Assert.Equal((3u, 1u), queue.TakeUsed());
        Assert.Equal(read, disk.Read(24, read.Length));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Disk_requestOfManyPieces_isServed(bool isOverlay)
    {
        const int Pieces = 200;
        const int PieceLength = 3 * 512;
        using TemporaryFile file = new(Pieces * PieceLength);
        byte[] content = File.ReadAllBytes(file.Path);
        using DiskDriver disk = new(isOverlay
            ? OverlayBlockImage.Temporary(RawBlockImage.Open(file.Path, isReadOnly: true))
            : RawBlockImage.Open(file.Path));
        VirtioDriver driver = disk.Driver;
        DriverQueue queue = driver.Queue(0);
        ulong table = driver.Allocate(16 * (Pieces + 2));
        ulong data = driver.Allocate(Pieces * PieceLength);
        ulong status = driver.Allocate(1);

        // From the last place in memory to the first, so that no two are one.
        void Send(uint type, ushort flags)
        {
            queue.Describe(
                table, 0, driver.Place(DiskDriver.Header(type, 0)), 16, DriverQueue.Next, 1);
            for (int i = 0; i < Pieces; i++)
            {
                queue.Describe(
                    table, i + 1, data + (ulong)((Pieces - 1 - i) * PieceLength), PieceLength,
                    (ushort)(flags | DriverQueue.Next), (ushort)(i + 2));
            }

            queue.Describe(table, Pieces + 1, status, 1, DriverQueue.Write);
            queue.Describe(0, table, 16 * (Pieces + 2), DriverQueue.Indirect);
            queue.Offer(0);
            queue.Kick();
            driver.Pump();
            Assert.NotNull(queue.TakeUsed());
            Assert.Equal(Ok, driver.Memory.Read<byte>(status));
        }

        Send(DiskDriver.In, DriverQueue.Write);
        byte[] read = new byte[content.Length];
        driver.Memory.Read(data, read);
        for (int i = 0; i < Pieces; i++)
        {
            Assert.Equal(
                content.AsSpan(i * PieceLength, PieceLength),
                read.AsSpan((Pieces - 1 - i) * PieceLength, PieceLength));
        }

        byte[] news = TemporaryFile.Pattern(content.Length - 1);
        driver.Memory.Write(data, news);
        Send(DiskDriver.Out, 0);
        Send(DiskDriver.In, DriverQueue.Write);
        driver.Memory.Read(data, read);
        Assert.Equal(news.AsSpan(), read.AsSpan(0, news.Length));
    }

    [Theory]
    [InlineData(0ul, 511, IoError)]
    [InlineData(64ul, 512, IoError)]
    [InlineData(63ul, 1024, IoError)]
    [InlineData(ulong.MaxValue, 512, IoError)]
    [InlineData(ulong.MaxValue / 512, 512, IoError)]
    [InlineData(1ul << 55, 512, IoError)]
    [InlineData(63ul, 512, Ok)]
    [InlineData(64ul, 0, Ok)]
    public void Disk_accessOverItsEnd_isAnError(ulong sector, int length, byte expected)
    {
        using TemporaryFile file = new(64 * 512);
        byte[] content = File.ReadAllBytes(file.Path);
        using (DiskDriver disk = new(RawBlockImage.Open(file.Path)))
        {
            Assert.Equal(expected, disk.Receive(DiskDriver.In, sector, new byte[length], out uint written));
            Assert.Equal(expected == Ok || length == 0 ? (uint)length + 1 : 0, written);
            if (expected != Ok)
            {
                Assert.Equal(expected, disk.Send(DiskDriver.Out, sector, new byte[length]));
            }
        }

        Assert.Equal(content, File.ReadAllBytes(file.Path));
    }

    [Fact]
    public void Disk_fileThatWasCutOff_isAnErrorNotAnEnd()
    {
        using TemporaryFile file = new(64 * 512);
        using DiskDriver disk = new(RawBlockImage.Open(file.Path, isReadOnly: true));
        using (FileStream other = new(file.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
        {
            using var truncate = System.Diagnostics.Process.Start("truncate", ["-s", "1000", file.Path]);
            truncate.WaitForExit();
        }

        Assert.Equal(IoError, disk.Receive(DiskDriver.In, 1, new byte[512], out _));
        Assert.Equal(Ok, disk.Receive(DiskDriver.In, 0, new byte[512], out _));
    }

    [Fact]
    public void Disk_readOnly_saysSoAndTakesNoWrites()
    {
        using TemporaryFile file = new(64 * 512);
        byte[] content = File.ReadAllBytes(file.Path);
        using DiskDriver disk = new(RawBlockImage.Open(file.Path, isReadOnly: true));

        Assert.Equal(1ul << 5, disk.Driver.Device.OfferedFeatures & ((1 << 5) | (1 << 13) | (1 << 14)));
        Assert.Equal(IoError, disk.Send(DiskDriver.Out, 0, new byte[512]));
        Assert.Equal(Unsupported, disk.Send(DiskDriver.WriteZeroes, 0, DiskDriver.Range(0, 1)));
        Assert.Equal(Ok, disk.Send(DiskDriver.Flush, 0));
        Assert.Equal(content, disk.Read(0, content.Length));
    }

    [Fact]
    public void Disk_serial_isItsId()
    {
        using TemporaryFile file = new(512);
        using DiskDriver disk = new(RawBlockImage.Open(file.Path), new() { Serial = "root-1" });
        byte[] id = new byte[20];

        Assert.Equal(Ok, disk.Receive(DiskDriver.GetId, 0, id, out uint written));
        Assert.Equal(21u, written);
        Assert.Equal([.. "root-1"u8, .. new byte[14]], id);
    }

    [Fact]
    public void Disk_configuration_hasLimitsAndTopology()
    {
        using TemporaryFile file = new(8 * 512);
        using DiskDriver disk = new(
            RawBlockImage.Open(file.Path),
            new() { BlockSize = 1024, PhysicalBlockSize = 8192, QueueSize = 128, QueueCount = 3 });
        byte[] configuration = disk.Driver.ReadConfiguration(0, 60);

        Assert.Equal(126u, BinaryPrimitives.ReadUInt32LittleEndian(configuration.AsSpan(12)));
        Assert.Equal(1024u, BinaryPrimitives.ReadUInt32LittleEndian(configuration.AsSpan(20)));
        Assert.Equal(3, configuration[24]);
        Assert.Equal(8, BinaryPrimitives.ReadUInt16LittleEndian(configuration.AsSpan(26)));
        Assert.Equal(3, BinaryPrimitives.ReadUInt16LittleEndian(configuration.AsSpan(34)));
        Assert.Equal(2u, BinaryPrimitives.ReadUInt32LittleEndian(configuration.AsSpan(44)));
        Assert.Equal(Ok, disk.Send(DiskDriver.Out, 7, new byte[512], queue: 2));
    }

    [Fact]
    public void Disk_discardAndZeroes_giveTheRoomBack()
    {
        const int Sectors = 4096;
        using TemporaryFile file = new(Sectors * 512);
        byte[] content = File.ReadAllBytes(file.Path);
        using DiskDriver disk = new(RawBlockImage.Open(file.Path));

        Assert.Equal(Ok, disk.Send(
            DiskDriver.Discard, 0, [.. DiskDriver.Range(0, 1024), .. DiskDriver.Range(2048, 8)]));
        Assert.Equal(Ok, disk.Send(DiskDriver.WriteZeroes, 0, DiskDriver.Range(1024, 1024, flags: 1)));
        Assert.Equal(Ok, disk.Send(DiskDriver.WriteZeroes, 0, DiskDriver.Range(3001, 3)));

        Assert.Equal(new byte[1024 * 512], disk.Read(1024, 1024 * 512 / 4 * 4));
        Assert.Equal(new byte[3 * 512], disk.Read(3001, 3 * 512));
        Assert.Equal(content.AsSpan(3000 * 512, 512), disk.Read(3000, 512).AsSpan());
        Assert.Equal(content.AsSpan(3004 * 512, 512), disk.Read(3004, 512).AsSpan());
        Assert.Equal(Sectors * 512, new FileInfo(file.Path).Length);
    }

    [Theory]
    [InlineData(DiskDriver.Discard, 0ul, 65u, 0u, IoError)]
    [InlineData(DiskDriver.Discard, 64ul, 1u, 0u, IoError)]
    [InlineData(DiskDriver.Discard, ulong.MaxValue, 2u, 0u, IoError)]
    [InlineData(DiskDriver.Discard, 0ul, uint.MaxValue, 0u, IoError)]
    [InlineData(DiskDriver.Discard, 0ul, 1u, 1u, Unsupported)]
    [InlineData(DiskDriver.WriteZeroes, 0ul, 65u, 1u, IoError)]
    [InlineData(DiskDriver.WriteZeroes, 0ul, 1u, 2u, Unsupported)]
    [InlineData(DiskDriver.WriteZeroes, 0ul, 0u, 0u, Ok)]
    [InlineData(99u, 0ul, 1u, 0u, Unsupported)]
    public void Disk_rangeThatIsWrong_changesNothing(
        uint type, ulong sector, uint sectors, uint flags, byte expected)
    {
        using TemporaryFile file = new(64 * 512);
        byte[] content = File.ReadAllBytes(file.Path);
        using DiskDriver disk = new(RawBlockImage.Open(file.Path));

        Assert.Equal(expected, disk.Send(type, 0, DiskDriver.Range(sector, sectors, flags)));
        Assert.Equal(content, disk.Read(0, content.Length));
    }

    [Fact]
    public void Disk_malformedRequests_areAnsweredOrReturned()
    {
        using TemporaryFile file = new(64 * 512);
        using DiskDriver disk = new(RawBlockImage.Open(file.Path));
        DriverQueue queue = disk.Driver.Queue(0);

        // A header cut short, half a range, too many ranges.
        Assert.Equal(IoError, queue.Request(new byte[15], 1, out _)[0]);
        Assert.Equal(IoError, queue.Request([], 1, out _)[0]);
        Assert.Equal(IoError, disk.Send(DiskDriver.Discard, 0, new byte[15]));
        Assert.Equal(IoError, disk.Send(DiskDriver.Discard, 0, new byte[17 * 16]));

        // Nowhere to say anything.
        queue.Request(DiskDriver.Header(DiskDriver.In, 0), 0, out uint written);
        Assert.Equal(0u, written);
        Assert.Equal(VirtioStatus.None, disk.Driver.Status & VirtioStatus.NeedsReset);
    }

    [Fact]
    public void Disk_driverWithoutFlushes_writesThrough()
    {
        CountingImage image = new();
        using DiskDriver through = new(image, features: VirtioFeatures.Version1);
        Assert.Equal(Ok, through.Send(DiskDriver.Out, 0, new byte[512]));
        Assert.Equal(1, image.Flushes);

        using DiskDriver cached = new(image);
        Assert.Equal(Ok, cached.Send(DiskDriver.Out, 0, new byte[512]));
        Assert.Equal(1, image.Flushes);
        Assert.Equal(Ok, cached.Send(DiskDriver.Flush, 0));
        Assert.Equal(2, image.Flushes);
    }

    [Fact]
    public void Disk_imageThatFails_isAnIoError()
    {
        using DiskDriver disk = new(new CountingImage { Fails = true });

        Assert.Equal(IoError, disk.Receive(DiskDriver.In, 0, new byte[512], out uint written));
        Assert.Equal(0u, written);
        Assert.Equal(IoError, disk.Send(DiskDriver.Out, 0, new byte[512]));
        Assert.Equal(IoError, disk.Send(DiskDriver.Flush, 0));
        Assert.Equal(IoError, disk.Send(DiskDriver.Discard, 0, DiskDriver.Range(0, 1)));
    }

    [Fact]
    public void Disk_options_areChecked()
    {
        using GuestMemory memory = new();
        using EventLoop loop = new();
        foreach (VirtioBlockOptions wrong in (VirtioBlockOptions[])
            [
                new() { Serial = new string('x', 21) }, new() { Serial = "ä" }, new() { BlockSize = 511 },
                new() { BlockSize = 8192 }, new() { QueueCount = 0 }, new() { QueueSize = 2 },
            ])
        {
            Assert.ThrowsAny<ArgumentException>(() => new VirtioBlock(memory, loop, new CountingImage(), wrong));
        }
    }

    private sealed class CountingImage : BlockImage
    {
        public bool Fails { get; init; }

        public int Flushes { get; private set; }

        public override long Length => 64 * 512;

        public override bool IsReadOnly => false;

        public override void Read(Span<byte> destination, long offset) => Check();

        public override void Write(ReadOnlySpan<byte> source, long offset) => Check();

        public override void Flush()
        {
            Check();
            Flushes++;
        }

        public override void Discard(long offset, long length) => Check();

        public override void WriteZeroes(long offset, long length, bool mayUnmap) => Check();

        protected override void Dispose(bool disposing)
        {
        }

        private void Check()
        {
            if (Fails)
            {
                throw new IOException("no space left on device");
            }
        }
    }
}
