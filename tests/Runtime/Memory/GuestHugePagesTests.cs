namespace KvmInterop.Tests.Runtime.Memory;

/// <summary>Huge pages: what is got, and what is said where they are not.</summary>
public sealed class GuestHugePagesTests : IDisposable
{
    private const ulong Size = 8 << 20;

    private readonly GuestMemory memory = new();

    public void Dispose() => memory.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Transparent_saysWhetherTheMachineHasThem(bool isShared)
    {
        GuestMemoryRegion region = memory.Add(
            Size, Size, new() { HugePages = GuestHugePages.Transparent, Backing = Backing(isShared) });

        Assert.Equal(region.HugePages == GuestHugePages.Transparent, region.HugePagesFallback is null);
        if (region.HugePages == GuestHugePages.Transparent)
        {
            Assert.Contains("hg", Mappings.Flags(region), StringComparison.Ordinal);
        }

        memory.Fill(Size, Size, 1);
    }

    [Fact]
    public void Add_anyRegion_hasTheLowBitsOfItsAddress()
    {
        GuestMemoryRegion region = memory.Add(0x12_0000, Size);

        Assert.Equal(0x12_0000UL, Mappings.AddressOf(region) & 0x1f_ffff);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Reserved_thatAreFree_areGot(bool isShared)
    {
        using HugePageReserve reserve = HugePageReserve.Of2MiB((int)(Size >> 21));
        GuestMemoryRegion region = memory.Add(
            Size, Size, new() { HugePages = GuestHugePages.Size2MiB, Backing = Backing(isShared) });

        Assert.Equal((GuestHugePages.Size2MiB, null), (region.HugePages, region.HugePagesFallback));
        Assert.Equal("2048 kB", Mappings.KernelPageSize(region));
        memory.Write((2 * Size) - 8, 0x1234UL);
        Assert.Equal(0x1234UL, memory.Read<ulong>((2 * Size) - 8));
        Assert.Equal(("---p", "---p"), Mappings.Around(region));
        Assert.Equal(isShared, region.File is not null);
        memory.Remove(region);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Reserved_beyondWhatIsFree_fallsBackAndSaysWhatIsMissing(bool isShared)
    {
        // 64 pages of 1 GiB: more than a test machine has reserved.
        const ulong TooMuch = 64UL << 30;
        GuestMemoryRegion region = memory.Add(
            0, TooMuch, new() { HugePages = GuestHugePages.Size1GiB, Backing = Backing(isShared) });

        Assert.NotEqual(GuestHugePages.Size1GiB, region.HugePages);
        Assert.Matches(
            "(64 huge pages of 1 GiB are needed and [0-9]+ are free; raise the number in "
            + "/[a-z0-9A-Z/_-]+/nr_hugepages by [0-9]+|no huge pages of 1 GiB)",
            region.HugePagesFallback);
        memory.Write(TooMuch - 8, 0x55UL);
    }

    [Fact]
    public void Reserved_required_isRefusedWithWhatIsMissing()
    {
        GuestMemoryOptions options = new() { HugePages = GuestHugePages.Size16GiB, RequireHugePages = true };

        KvmException e = Assert.Throws<KvmException>(() => memory.Add(0, 1UL << 40, options));

        Assert.Contains("huge pages of 16 GiB", e.Message, StringComparison.Ordinal);
        Assert.Empty(memory.Regions);
    }

    [Theory]
    [InlineData(0, Size + 0x10000)]
    [InlineData(0x10000, Size)]
    public void Reserved_notAlignedToThem_isRefused(ulong address, ulong size)
    {
        Exception e = Assert.Throws<ArgumentException>(
            () => memory.Add(address, size, new() { HugePages = GuestHugePages.Size2MiB }));

        Assert.Contains("multiples of 2 MiB", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PrivateFile_withHugePages_saysThatItHasNone()
    {
        string file = Path.GetTempFileName();
        File.WriteAllBytes(file, new byte[Size]);
        GuestMemoryOptions options = new()
        {
            HugePages = GuestHugePages.Size2MiB,
            Backing = GuestMemoryBacking.PrivateFile(file),
        };

        GuestMemoryRegion region = memory.Add(0, Size, options);

        Assert.Equal((GuestHugePages.None, "a file has the pages of its file system"),
            (region.HugePages, region.HugePagesFallback));
        Assert.Throws<InvalidOperationException>(
            () => memory.Add(Size, Size, options with { RequireHugePages = true }));
        File.Delete(file);
    }

    private static GuestMemoryBacking Backing(bool isShared) =>
        isShared ? GuestMemoryBacking.Shared : GuestMemoryBacking.Anonymous;
}
