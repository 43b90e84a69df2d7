using Microsoft.Win32.SafeHandles;

namespace KvmInterop.Tests.Runtime.Memory;

/// <summary>What may stand behind guest memory, and what is refused.</summary>
public sealed class GuestMemoryBackingTests : IDisposable
{
    private static readonly ulong Page = (ulong)Environment.SystemPageSize;

    private readonly GuestMemory memory = new();
    private readonly string file = Path.GetTempFileName();

    public void Dispose()
    {
        memory.Dispose();
        File.Delete(file);
    }

    [Fact]
    public void Shared_mappedTwice_isTheSameMemory()
    {
        using GuestMemory other = new();
        GuestMemoryRegion region = memory.Add(0, 2 * Page, new() { Backing = GuestMemoryBacking.Shared });
        other.Add(
            8 * Page, Page, new() { Backing = GuestMemoryBacking.SharedFile(region.File!, (long)Page) });

        memory.Write(Page + 8, 0x1122_3344u);
        other.Write((8 * Page) + 16, 0x5566_7788u);

        Assert.Equal(0x1122_3344u, other.Read<uint>((8 * Page) + 8));
        Assert.Equal(0x5566_7788u, memory.Read<uint>(Page + 16));
    }

    [Fact]
    public void Shared_cannotBeMadeShorterByWhoHasTheFile()
    {
        SafeFileHandle shared =
            memory.Add(0, 2 * Page, new() { Backing = GuestMemoryBacking.Shared }).File!;

        Assert.ThrowsAny<Exception>(() => RandomAccess.SetLength(shared, 0));

        Assert.Equal(2 * (long)Page, RandomAccess.GetLength(shared));
        Assert.Equal(0, memory.Read<byte>(Page));
    }

    [Fact]
    public void Shared_regionRemoved_closesTheFile()
    {
        GuestMemoryRegion region = memory.Add(0, Page, new() { Backing = GuestMemoryBacking.Shared });
        using GuestMemory other = new();
        other.Add(0, Page, new() { Backing = GuestMemoryBacking.SharedFile(region.File!) });
        memory.Write(0, (byte)7);

        memory.Remove(region);

        Assert.True(region.File!.IsClosed);
        Assert.Equal(7, other.Read<byte>(0));
    }

    [Fact]
    public void PrivateFile_writtenTo_leavesTheFileAsItWas()
    {
        FillFile(3 * Page);
        using GuestMemory other = new();
        GuestMemoryOptions options = new() { Backing = GuestMemoryBacking.PrivateFile(file, (long)Page) };
        memory.Add(0, 2 * Page, options);
        other.Add(0, 2 * Page, options);

        memory.Write(5, (byte)0xee);

        Assert.Equal(1, other.Read<byte>(5));
        Assert.Equal(2, memory.Read<byte>(Page));
        Assert.Equal(1, File.ReadAllBytes(file)[Page + 5]);
    }

    [Fact]
    public void SharedFile_writtenTo_changesTheFile()
    {
        FillFile(Page);
        memory.Add(0, Page, new() { Backing = GuestMemoryBacking.SharedFile(file) });

        memory.Write(5, (byte)0xee);

        Assert.Equal(0xee, File.ReadAllBytes(file)[5]);
        Assert.Null(memory.Regions[0].File);
    }

    [Fact]
    public void PrivateFile_openForReadingOnly_isEnough()
    {
        FillFile(Page);
        using (SafeFileHandle open = File.OpenHandle(file))
        {
            memory.Add(0, Page, new() { Backing = GuestMemoryBacking.PrivateFile(open) });
        }

        memory.Write(0, (byte)9);
        Assert.Equal(9, memory.Read<byte>(0));
    }

    [Fact]
    public void SharedFile_openForReadingOnly_saysWhatItNeeds()
    {
        FillFile(Page);
        using SafeFileHandle open = File.OpenHandle(file);

        KvmException e = Assert.Throws<KvmException>(
            () => memory.Add(0, Page, new() { Backing = GuestMemoryBacking.SharedFile(open) }));

        Assert.Equal(("mmap", "EACCES"), (e.Operation, e.ErrnoName));
        Assert.Contains("not open for what the memory needs", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(2, 5)]
    public void PrivateFile_tooShort_isRefusedWithBothLengths(int pages, int offsetInPages)
    {
        FillFile((ulong)pages * Page);
        long offset = offsetInPages * (long)Page;

        Exception e = Assert.Throws<ArgumentException>(
            () => memory.Add(
                0, 2 * Page, new() { Backing = GuestMemoryBacking.PrivateFile(file, offset) }));

        Assert.Equal(
            $"the file {file} has {(ulong)pages * Page:#,0} bytes, too few for {2 * Page:#,0} bytes of guest "
            + $"memory from offset {offset:#,0}; make it longer or the region smaller",
            e.Message);
        Assert.Empty(memory.Regions);
    }

    [Fact]
    public void PrivateFile_oneByteShortOfAPage_isRefused()
    {
        File.WriteAllBytes(file, new byte[Page - 1]);

        Assert.Throws<ArgumentException>(
            () => memory.Add(0, Page, new() { Backing = GuestMemoryBacking.PrivateFile(file) }));
    }

    [Fact]
    public void PrivateFile_thatIsNone_isRefusedInASentence()
    {
        GuestMemoryOptions With(string path) => new() { Backing = GuestMemoryBacking.PrivateFile(path) };

        Assert.Throws<FileNotFoundException>(() => memory.Add(0, Page, With(file + ".none")));
        Assert.ThrowsAny<Exception>(() => memory.Add(0, Page, With(Path.GetTempPath())));
        Exception e = Assert.Throws<ArgumentException>(() => memory.Add(0, Page, With("/dev/null")));
        Assert.Contains("/dev/null", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PrivateFile_offsetWithinAPage_isRefused()
    {
        FillFile(3 * Page);

        Exception e = Assert.Throws<ArgumentException>(
            () => memory.Add(0, Page, new() { Backing = GuestMemoryBacking.PrivateFile(file, 512) }));

        Assert.Contains("multiple of", e.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => GuestMemoryBacking.PrivateFile(file, -1));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Populate_makesAllPages(bool isShared)
    {
        const ulong Size = 8 << 20;
        GuestMemoryBacking backing = isShared ? GuestMemoryBacking.Shared : GuestMemoryBacking.Anonymous;
        using GuestMemory lazy = new();
        lazy.Add(0, Size, new() { Backing = backing });

        memory.Add(0, Size, new() { Backing = backing, Populate = true });

        Assert.Equal(Size, Mappings.Resident(memory.Regions[0]));
        Assert.Equal(0UL, Mappings.Resident(lazy.Regions[0]));
    }

    [Fact]
    public void Region_hasPagesNobodyMayTouchOnBothSides()
    {
        GuestMemoryRegion[] regions =
        [
            memory.Add(0, Page),
            memory.Add(0x10_0000, 4 << 20),
            memory.Add(0x100_0000, Page, new() { Backing = GuestMemoryBacking.Shared }),
        ];

        Assert.All(regions, region => Assert.Equal(("---p", "---p"), Mappings.Around(region)));
    }

    private void FillFile(ulong size)
    {
        byte[] content = new byte[size];
        for (ulong i = 0; i < size; i++)
        {
            content[i] = (byte)(i / Page);
        }

        File.WriteAllBytes(file, content);
    }
}
