namespace KvmInterop.Tests.Runtime.Debugging;

/// <summary>Stage 1 tables of arm64, made by hand: they need no arm64 machine.</summary>
public sealed class Arm64PageWalkerTests : IDisposable
{
    private const ulong Block = 0b01, Table = 0b11, Page = 0b11;
    private const ulong User = 1 << 6, ReadOnly = 1 << 7, Pxn = 1ul << 53, Uxn = 1ul << 54;
    private const ulong On = 1;

    private readonly GuestMemory memory = new();

    public Arm64PageWalkerTests() => memory.Add(0, 0x80000);

    public void Dispose() => memory.Dispose();

    [Fact]
    public void Translate_withMmuOff_isTheAddressItself() =>
        Assert.Equal(0x1234ul, new Arm64PageWalker(memory, default).Translate(0x1234).PhysicalAddress);

    [Fact]
    public void Translate_4KiB_findsPagesAndBlocks()
    {
        // T0SZ 25: 39 bits, three levels from level 1.
        memory.Write(0x1000, 0x2000 | Table);
        memory.Write(0x1000 + 8, 0x8000_0000 | Block | User | Pxn);
        memory.Write(0x2000, 0x3000 | Table);
        memory.Write(0x2000 + 8, 0x4060_0000 | Block | ReadOnly | Uxn);
        memory.Write(0x3000 + 8, 0x5000 | Page | User | ReadOnly);
        Arm64PageWalker walker = new(memory, new Arm64Paging(On, 25, 0x1000, 0));

        PageTranslation small = walker.Translate(0x1234);
        PageTranslation middle = walker.Translate(0x20_0000 + 0x1_2345);
        PageTranslation large = walker.Translate(0x4000_0000 + 0x123_4567);

        Assert.Equal((0x5234ul, 0x1000ul, 3), (small.PhysicalAddress, small.PageSize, small.Level));
        Assert.Equal(PageAccess.User | PageAccess.Execute | PageAccess.UserExecute, small.Access);
        Assert.Equal(
            (0x4061_2345ul, 0x20_0000ul, 2), (middle.PhysicalAddress, middle.PageSize, middle.Level));
        Assert.Equal(PageAccess.Execute, middle.Access);
        Assert.Equal((0x8123_4567ul, 0x4000_0000ul, 1), (large.PhysicalAddress, large.PageSize, large.Level));
        Assert.Equal(PageAccess.Write | PageAccess.User | PageAccess.UserExecute, large.Access);
        Assert.Equal((PageWalkFailure.NotPresent, 3), Failure(walker, 0));
        Assert.Equal((PageWalkFailure.InvalidAddress, 0), Failure(walker, 1ul << 39));
    }

    [Theory]
    [InlineData(16, 0b10ul, 0x4000ul, 14)] // 16 KiB granule, 48 bits: a first table of two entries.
    [InlineData(22, 0b01ul, 0x10000ul, 16)] // 64 KiB granule, 42 bits: levels 2 and 3.
    public void Translate_otherGranules_findThePage(int unusedBits, ulong granule, ulong pageSize, int shift)
    {
        ulong tcr = (uint)unusedBits | (granule << 14);
        ulong level0 = pageSize;
        ulong next = level0;
        int levels = shift == 14 ? 4 : 2;
        for (int i = 1; i < levels; i++)
        {
            memory.Write(next, (next + pageSize) | Table);
            next += pageSize;
        }

        memory.Write(next + 8, (3 * pageSize) | Page);

        PageTranslation page = new Arm64PageWalker(memory, new Arm64Paging(On, tcr, level0, 0))
            .Translate(pageSize + 0x21);

        Assert.Equal((3 * pageSize) + 0x21, page.PhysicalAddress);
        Assert.Equal((pageSize, 3), (page.PageSize, page.Level));
    }

    [Fact]
    public void Translate_upperHalf_usesItsTableAndIgnoresTheTagWhereToldTo()
    {
        ulong tcr = (25ul << 16) | (0b10ul << 30) | (1ul << 38); // T1SZ, TG1 = 4 KiB, TBI1.
        memory.Write(0x1000 + (511 * 8), 0x4000_0000 | Block);
        Arm64PageWalker walker = new(memory, new Arm64Paging(On, tcr, 0, 0x1000));

        Assert.Equal(0x4000_0123ul, walker.Translate(0xffff_ffff_c000_0123).PhysicalAddress);
        Assert.Equal(0x4000_0123ul, walker.Translate(0x12ff_ffff_c000_0123).PhysicalAddress);
        Assert.Equal(PageWalkFailure.InvalidAddress, walker.Translate(0xff7f_ffff_c000_0123).Failure);
    }

    [Fact]
    public void Translate_limitsOfTables_holdForEverythingBelow()
    {
        memory.Write(0x1000, 0x2000 | Table | (1ul << 61) | (1ul << 62));
        memory.Write(0x2000, 0x20_0000 | Block | User);

        PageTranslation page = new Arm64PageWalker(memory, new Arm64Paging(On, 25, 0x1000, 0)).Translate(0);

        Assert.Equal(PageAccess.Execute, page.Access);
    }

    [Fact]
    public void Translate_ofAnyRegistersAndTables_ends()
    {
        Random random = new(1);
        byte[] noise = new byte[0x80000];
        random.NextBytes(noise);
        memory.Write(0, noise);
        for (int i = 0; i < 20_000; i++)
        {
            Arm64Paging paging = new(
                On, (ulong)random.NextInt64(), (ulong)random.NextInt64() & 0x7_ffff,
                (ulong)random.NextInt64() & 0x7_ffff);
            PageTranslation page = new Arm64PageWalker(memory, paging).Translate(
                (uint)random.NextInt64() | (i % 2 == 0 ? 0 : 0xffff_ffff_0000_0000));
            Assert.InRange(page.Level, -1, 3);
        }
    }

    private static (PageWalkFailure, int) Failure(Arm64PageWalker walker, ulong address) =>
        (walker.Translate(address).Failure, walker.Translate(address).Level);
}
