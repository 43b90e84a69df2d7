namespace KvmInterop.Tests.Runtime.Memory;

public sealed class GuestMemoryTests : IDisposable
{
    private static readonly ulong Page = (ulong)Environment.SystemPageSize;

    private readonly GuestMemory memory = new();

    public void Dispose() => memory.Dispose();

    [Fact]
    public void Add_fresh_readsZeros()
    {
        GuestMemoryRegion region = memory.Add(Page, 2 * Page);
        byte[] content = [.. Enumerable.Repeat((byte)1, (int)(2 * Page))];

        memory.Read(Page, content);

        Assert.All(content, b => Assert.Equal(0, b));
        Assert.Equal((Page, 2 * Page, (3 * Page) - 1, -1),
            (region.Address, region.Size, region.LastAddress, region.Slot));
    }

    [Theory]
    [InlineData(0, 0, "whole number of pages")]
    [InlineData(0, 1, "whole number of pages")]
    [InlineData(0, 0x1001, "whole number of pages")]
    [InlineData(1, 0x10000, "starts at a multiple of")]
    [InlineData(0xffff_ffff_ffff_0000, 0x20000, "beyond the last 64-bit address")]
    [InlineData(0, 0x8000_0000_0000_0000, "whole number of pages")]
    public void Add_wrongRange_isRefusedInASentence(ulong address, ulong size, string words)
    {
        Exception e = Assert.Throws<ArgumentException>(() => memory.Add(address, size));

        Assert.Contains(words, e.Message, StringComparison.Ordinal);
        Assert.Empty(memory.Regions);
    }

    [Fact]
    public void Add_tooLargeForTheMachine_saysSoAndLeavesNothing()
    {
        KvmException e = Assert.Throws<KvmException>(() => memory.Add(0, 1UL << 60));

        Assert.Equal(("mmap", "ENOMEM"), (e.Operation, e.ErrnoName));
        Assert.Empty(memory.Regions);
    }

    [Theory]
    [InlineData(1, 2)] // the same
    [InlineData(0, 2)] // its first page
    [InlineData(2, 1)] // its last page
    [InlineData(0, 8)] // around
    public void Add_overlapping_isRefusedWithBothRanges(ulong firstPage, ulong pages)
    {
        memory.Add(Page, 2 * Page);

        Exception e =
            Assert.Throws<InvalidOperationException>(() => memory.Add(firstPage * Page, pages * Page));

        Assert.Equal(
            $"guest memory 0x{firstPage * Page:x}-0x{((firstPage + pages) * Page) - 1:x} overlaps the region "
            + $"0x{Page:x}-0x{(3 * Page) - 1:x} that is there",
            e.Message);
    }

    [Fact]
    public void Add_atTheTopOfAddresses_reachesTheLastByte()
    {
        ulong last = ulong.MaxValue;
        memory.Add(last - (Page - 1), Page);

        memory.Write(last, (byte)7);

        Assert.Equal(7, memory.Read<byte>(last));
        Assert.False(memory.TryRead(last, out ushort _));
        Assert.False(memory.Contains(last, 2));
        Assert.True(memory.Contains(last, 1));
        memory.Fill(last - 1, 2, 9);
        Assert.Equal(9, memory.Read<byte>(last));
    }

    [Fact]
    public void Copy_acrossTouchingRegions_isOnePiece()
    {
        memory.Add(Page, Page);
        memory.Add(0, Page);
        byte[] written = [1, 2, 3, 4, 5, 6, 7, 8];
        byte[] read = new byte[8];

        memory.Write(Page - 4, written);
        memory.Read(Page - 4, read);

        Assert.Equal(written, read);
        Assert.Equal(0x0807_0605_0403_0201UL, memory.Read<ulong>(Page - 4));
        memory.Write(Page - 2, 0xaabb_ccddu);
        Assert.Equal(0xaabb_ccddu, memory.Read<uint>(Page - 2));
    }

    [Theory]
    [InlineData(0, 1)] // before
    [InlineData(0xffff, 2)] // into it from before
    [InlineData(0x1ffff, 2)] // over its end
    [InlineData(0x1fffe, 0x10004)] // over the hole into the next
    [InlineData(0x28000, 1)] // in the hole
    [InlineData(ulong.MaxValue, 2)] // around the end of addresses
    public void Access_touchingAHole_failsAndMovesNothing(ulong address, int length)
    {
        // 64 KiB are whole pages on every machine.
        memory.Add(0x10000, 0x10000);
        memory.Add(0x30000, 0x10000);
        memory.Fill(0x10000, 0x10000, 0x11);
        byte[] data = [.. Enumerable.Repeat((byte)0x99, length)];

        Assert.False(memory.TryWrite(address, data));
        Assert.False(memory.TryRead(address, data));
        Assert.False(memory.Contains(address, (ulong)length));
        Assert.Throws<GuestMemoryException>(() => memory.Fill(address, (ulong)length, 1));
        GuestMemoryException e = Assert.Throws<GuestMemoryException>(() => memory.Read(address, data));

        Assert.All(data, b => Assert.Equal(0x99, b));
        Assert.Equal(0x11, memory.Read<byte>(0x1ffff));
        Assert.Equal((address, (ulong)length), (e.Address, e.Length));
        Assert.Equal(
            $"{length:#,0} bytes at guest address 0x{address:x} cannot be accessed: not all of them are "
            + "memory "
            + "(there is 0x10000-0x1ffff, 0x30000-0x3ffff)",
            e.Message);
    }

    [Fact]
    public void Copy_ofNothing_isFineAnywhere()
    {
        memory.Write(0x5000, []);
        memory.Read(ulong.MaxValue, []);

        Assert.True(memory.Contains(0x5000, 0));
    }

    [Fact]
    public void Lease_withinRegion_isTheMemoryItself()
    {
        memory.Add(0, Page);
        using (GuestMemoryLease lease = memory.Lease(16, 4))
        {
            lease.Span[3] = 0x42;
        }

        Assert.Equal(0x42, memory.Read<byte>(19));
    }

    [Fact]
    public void Lease_overTwoRegions_isRefusedWithTheReason()
    {
        memory.Add(0, Page);
        memory.Add(Page, Page);

        Exception e = Assert.Throws<GuestMemoryException>(() => memory.Lease(Page - 1, 2).Dispose());

        Assert.Contains("more than one region", e.Message, StringComparison.Ordinal);
        Assert.False(memory.TryLease(Page - 1, 2, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.Lease(0, 0).Dispose());
    }

    [Fact]
    public void Remove_oneOfTwo_leavesAHole()
    {
        GuestMemoryRegion low = memory.Add(0, Page);
        memory.Add(Page, Page);

        memory.Remove(low);

        Assert.False(memory.TryRead(Page - 1, out byte _));
        Assert.True(memory.TryRead(Page, out byte _));
        Assert.Throws<ArgumentException>(() => memory.Remove(low));
        memory.Add(0, Page);
    }

    [Fact]
    public void Region_beyond2GiB_isReachedToItsEnd()
    {
        const ulong Size = 5UL << 30;
        memory.Add(0, Size);

        memory.Write(Size - 8, 0x1122_3344_5566_7788UL);
        memory.Write((1UL << 31) - 4, 0x99aa_bbcc_ddee_ff00UL);

        Assert.Equal(0x1122_3344_5566_7788UL, memory.Read<ulong>(Size - 8));
        Assert.Equal(0x99aa_bbcc_ddee_ff00UL, memory.Read<ulong>((1UL << 31) - 4));
        using GuestMemoryLease lease = memory.Lease(Size - 8, 8);
        Assert.Equal(0x88, lease.Span[0]);
    }

    [Fact]
    public void Fill_overTouchingRegions_fillsExactlyThat()
    {
        memory.Add(0, Page);
        memory.Add(Page, Page);

        memory.Fill(1, (2 * Page) - 2, 0xab);

        byte[] content = new byte[2 * Page];
        memory.Read(0, content);
        Assert.Equal((0, 0), (content[0], content[^1]));
        Assert.All(content[1..^1], b => Assert.Equal(0xab, b));
    }

    [Fact]
    public void Dispose_twice_isFine()
    {
        memory.Add(0, Page);
        memory.Dispose();
        memory.Dispose();

        Assert.Throws<ObjectDisposedException>(() => memory.Add(0, Page));
        Assert.False(memory.TryRead(0, out byte _));
    }
}
