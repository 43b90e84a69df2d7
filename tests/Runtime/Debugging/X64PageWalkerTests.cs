using KvmInterop.Native;
using KvmInterop.Tests.Runtime.Machines;

namespace KvmInterop.Tests.Runtime.Debugging;

/// <summary>Page tables of x86: synthetic ones, and KVM's own opinion.</summary>
public sealed class X64PageWalkerTests : IDisposable
{
    private const ulong P = 1, W = 2, U = 4, Ps = 0x80, Nx = 1ul << 63;
    private const ulong Pg = 1ul << 31, Pae = 1 << 5, Pse = 1 << 4, La57 = 1 << 12;
    private const ulong Lma = 1 << 10, Nxe = 1 << 11;

    private readonly GuestMemory memory = new();

    public X64PageWalkerTests() => memory.Add(0, 0x20000);

    public void Dispose() => memory.Dispose();

    [Fact]
    public void Translate_withoutPaging_isTheAddressItself()
    {
        X64PageWalker walker = new(memory, default);

        Assert.Equal(0x1234ul, walker.Translate(0x1234).PhysicalAddress);
        Assert.Equal(PageWalkFailure.InvalidAddress, walker.Translate(1ul << 32).Failure);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void Translate_longMode_findsPagesOfEverySize(int levels)
    {
        X64PageWalker walker = LongMode(levels);

        PageTranslation small = walker.Translate(0x1000 + 0x123);
        PageTranslation large = walker.Translate(0x20_0000 + 0x1_2345);
        PageTranslation huge = walker.Translate(0x4000_0000 + 0x123_4567);

        Assert.Equal((0x5123ul, 0x1000ul, 1), (small.PhysicalAddress, small.PageSize, small.Level));
        Assert.Equal((0x61_2345ul, 0x20_0000ul, 2), (large.PhysicalAddress, large.PageSize, large.Level));
        Assert.Equal(
            (0x1_8123_4567ul, 0x4000_0000ul, 3), (huge.PhysicalAddress, huge.PageSize, huge.Level));
        Assert.Equal(PageAccess.Write | PageAccess.Execute, small.Access);
        Assert.Equal(PageAccess.User | PageAccess.UserExecute | PageAccess.Execute, large.Access);
        Assert.Equal(PageAccess.Write | PageAccess.User, huge.Access);
        Assert.Equal("0x1123 -> 0x5123, page of 4 KiB, kernel rwx, user ---", small.ToString());
    }

    [Theory]
    [InlineData(0x2000ul, PageWalkFailure.NotPresent, 1)]
    [InlineData(0x60_0000ul, PageWalkFailure.NotPresent, 2)]
    [InlineData(0x80_0000_0000ul, PageWalkFailure.ReservedForm, 4)]
    [InlineData(0x100_0000_0000ul, PageWalkFailure.TableNotMemory, 3)]
    [InlineData(0x8000_0000_0000ul, PageWalkFailure.InvalidAddress, 0)]
    public void Translate_longMode_saysAtWhichLevelItFailed(ulong address, PageWalkFailure failure, int level)
    {
        X64PageWalker walker = LongMode(4);
        memory.Write(0x1000 + 8, P | Ps); // A PML4 entry may not be a page.
        memory.Write(0x1000 + 16, 0x7_0000_0000 | P); // A table where there is no memory.

        PageTranslation page = walker.Translate(address);

        Assert.Equal((failure, level), (page.Failure, page.Level));
        Assert.False(page.IsMapped);
    }

    [Fact]
    public void Translate_pae_hasFourEntriesWithoutPermissions()
    {
        // CR3 aligned to 32 bytes; the second of the four entries.
        memory.Write(0x1020 + 8, 0x2000 | P);
        memory.Write(0x2000 + 8, 0x3000 | P | W | U);
        memory.Write(0x3000 + (2 * 8), 0x5000 | P | W | Nx);
        memory.Write(0x2000 + 16, 0x80_0000 | P | Ps);
        X64PageWalker walker = new(memory, new X64Paging(Pg, 0x1020, Pae, Nxe));

        PageTranslation small = walker.Translate(0x4020_2345);
        PageTranslation large = walker.Translate(0x4040_0001);

        Assert.Equal((0x5345ul, PageAccess.Write), (small.PhysicalAddress, small.Access));
        Assert.Equal((0x80_0001ul, 0x20_0000ul), (large.PhysicalAddress, large.PageSize));
        Assert.Equal(3, walker.Translate(0).Level);
    }

    [Fact]
    public void Translate_32bit_hasSmallPagesLargePagesAndPse36()
    {
        memory.Write<uint>(0x1000 + 4, (uint)(0x2000 | P | W | U));
        memory.Write<uint>(0x2000 + (3 * 4), (uint)(0x7000 | P | U));
        memory.Write<uint>(0x1000 + 8, (uint)(0x0140_0000 | P | W | Ps | (0x5 << 13)));
        X64PageWalker walker = new(memory, new X64Paging(Pg, 0x1000, Pse, 0));

        PageTranslation small = walker.Translate(0x40_3021);
        PageTranslation large = walker.Translate(0x80_0000 + 0x3f_fff0);

        Assert.Equal((0x7021ul, 0x1000ul), (small.PhysicalAddress, small.PageSize));
        Assert.False(small.Access.HasFlag(PageAccess.Write));
        Assert.Equal((0x5_0140_0000 + 0x3f_fff0ul, 0x40_0000ul), (large.PhysicalAddress, large.PageSize));
    }

    [Fact]
    public void Translate_noExecuteWithoutNxe_isReserved()
    {
        X64PageWalker walker = new(memory, new X64Paging(Pg, 0x1000, Pae, Lma));
        memory.Write(0x1000, 0x2000 | P | Nx);

        PageTranslation page = walker.Translate(0);
        Assert.Equal((PageWalkFailure.ReservedForm, 4), (page.Failure, page.Level));
    }

    [Fact]
    public void Translate_tablesThatPointAtThemselves_ends()
    {
        memory.Write(0x1000, 0x1000 | P | W);

        X64PageWalker walker = new(memory, new X64Paging(Pg, 0x1000, Pae | La57, Lma));
        PageTranslation page = walker.Translate(0);

        Assert.Equal((0x1000ul, 1), (page.PhysicalAddress, page.Level));
    }

    [Fact]
    public void Translate_ofAnyBytesAsTables_readsOnlyMemory()
    {
        Random random = new(1);
        byte[] noise = new byte[0x20000];
        random.NextBytes(noise);
        memory.Write(0, noise);
        int mapped = 0;
        for (int i = 0; i < 20_000; i++)
        {
            X64Paging paging = new(
                Pg, (ulong)random.NextInt64() & 0x1_ffff, (ulong)random.NextInt64() & (Pae | Pse | La57),
                (ulong)random.NextInt64() & (Lma | Nxe));
            PageTranslation page = new X64PageWalker(memory, paging).Translate((uint)random.NextInt64());
            mapped += page.IsMapped ? 1 : 0;
            Assert.InRange(page.Level, 0, 5);
        }

        Assert.NotEqual(0, mapped);
    }

    [Fact]
    public void ReadAndWrite_acrossPages_followEachPage()
    {
        // Virtual 0x1000 and 0x2000 lie the other way round, and 0x3000 is not mapped.
        X64PageWalker walker = LongMode(4);
        memory.Write(0x4000 + (1 * 8), 0x9000 | P | W);
        memory.Write(0x4000 + (2 * 8), 0x8000 | P);

        Assert.Equal(4, walker.Write(0x1ffe, [1, 2, 3, 4]));
        byte[] read = new byte[6];
        Assert.Equal(4, walker.Read(0x1ffe, read.AsSpan(0, 4)));
        Assert.Equal([1, 2, 3, 4], read[..4]);
        Assert.Equal(0x0201, memory.Read<ushort>(0x9ffe));
        Assert.Equal(0x0403, memory.Read<ushort>(0x8000));
        Assert.Equal(2, walker.Read(0x2ffe, read));
        Assert.Equal(0, walker.Write(0x3000, [1]));
    }

    [Fact]
    public void Read_pastTheLastAddress_ends()
    {
        memory.Write(0x1000 + (511 * 8), 0x2000 | P);
        memory.Write(0x2000 + (511 * 8), 0x3000 | P);
        memory.Write(0x3000 + (511 * 8), 0x4000 | P);
        memory.Write(0x4000 + (511 * 8), 0x5000 | P);

        Assert.Equal(1, LongModeWalker(4).Read(ulong.MaxValue, new byte[4]));
    }

    [SkippableFact]
    public void Translate_onARealVcpu_agreesWithKvm()
    {
        using GuestMachine machine = GuestMachine.LongMode(a => a.hlt());
        GuestMemory guest = machine.Vm.Memory;

        // Beside the machine's 2 MiB page: small pages with a hole between them, in the next 2 MiB.
        guest.Write(0xc000 + 8, 0xd000 | P | W);
        guest.Write(0xd000, 0x3000 | P | W);
        guest.Write(0xd000 + (2 * 8), 0x4000 | P);
        GuestPageWalker walker = machine.Vcpu.CreatePageWalker(guest);
        foreach (ulong address in (ulong[])[
            0, 0x1234, 0x1f_ffff, 0x20_0000, 0x20_0fff, 0x20_1000, 0x20_2345, 0x40_0000, 0x4000_0000,
            0xffff_8000_0000_0000])
        {
            PageTranslation page = walker.Translate(address);
            Assert.Equal(machine.Vcpu.TranslateAddress(address), page.IsMapped ? page.PhysicalAddress : null);
        }

        Assert.Equal(0x4345ul, walker.Translate(0x20_2345).PhysicalAddress);
    }

    // 4 KiB at 0x1000 -> 0x5000, 2 MiB at 2 MiB -> 6 MiB, 1 GiB at 1 GiB -> 6 GiB.
    private X64PageWalker LongMode(int levels)
    {
        memory.Write(0x0, 0x1000 | P | W | U);
        memory.Write(0x1000, 0x2000 | P | W | U);
        memory.Write(0x2000, 0x3000 | P | W | U);
        memory.Write(0x2000 + 8, 0x1_8000_0000 | P | W | U | Ps | Nx);
        memory.Write(0x3000, 0x4000 | P | W);
        memory.Write(0x3000 + 8, 0x60_0000 | P | U | Ps);
        memory.Write(0x4000 + 8, 0x5000 | P | W | U);
        return LongModeWalker(levels);
    }

    private X64PageWalker LongModeWalker(int levels) => new(
        memory, new X64Paging(Pg, levels == 5 ? 0u : 0x1000, Pae | (levels == 5 ? La57 : 0), Lma | Nxe));
}
