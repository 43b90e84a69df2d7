using System.Runtime.InteropServices;

namespace KvmInterop.Tests.Runtime.Memory;

/// <summary>Single accesses with an order, for what guest and host share.</summary>
public sealed class GuestMemoryOrderedTests : IDisposable
{
    private static readonly ulong Page = (ulong)Environment.SystemPageSize;

    private readonly GuestMemory memory = new();

    public GuestMemoryOrderedTests() => memory.Add(Page, 2 * Page);

    public void Dispose() => memory.Dispose();

    [Fact]
    public void Volatile_ofEachSize_movesItsBytesOnly()
    {
        memory.Fill(Page, 32, 0xff);

        memory.WriteVolatile(Page + 1, (byte)0x11);
        memory.WriteVolatile(Page + 2, (ushort)0x2222);
        memory.WriteVolatile(Page + 4, 0x33333333u);
        memory.WriteVolatile(Page + 8, 0x4444444444444444UL);
        memory.WriteVolatile(Page + 16, -1.5f);

        Assert.Equal(0x11, memory.ReadVolatile<byte>(Page + 1));
        Assert.Equal(0x2222, memory.ReadVolatile<ushort>(Page + 2));
        Assert.Equal(0x33333333u, memory.ReadVolatile<uint>(Page + 4));
        Assert.Equal(0x4444444444444444UL, memory.ReadVolatile<ulong>(Page + 8));
        Assert.Equal(-1.5f, memory.ReadVolatile<float>(Page + 16));
        Assert.Equal((0xff, 0xff), (memory.Read<byte>(Page), memory.Read<byte>(Page + 20)));
    }

    [Fact]
    public void CompareExchange_ofEachSize_replacesTheExpectedOnly()
    {
        memory.Fill(Page, 8, 0x55);

        Assert.Equal(0x55, memory.CompareExchange<byte>(Page, 1, 2));
        Assert.Equal(0x55, memory.CompareExchange<byte>(Page, 1, 0x55));
        Assert.Equal(0x5555, memory.CompareExchange<ushort>(Page + 2, 0x0203, 0x5555));
        Assert.Equal(0x55555555, memory.CompareExchange(Page + 4, 7, 0x55555555));
        ulong all = memory.Read<ulong>(Page);
        Assert.Equal(all, memory.CompareExchange(Page, 9L, (long)all) is long old ? (ulong)old : 0);
        Assert.Equal(9UL, memory.Read<ulong>(Page));
    }

    [Fact]
    public void CompareExchange_fromManyThreads_losesNoIncrement()
    {
        const int Each = 20_000;
        Thread[] threads = [.. Enumerable.Range(0, 3).Select(_ => new Thread(() =>
        {
            for (int i = 0; i < Each; i++)
            {
                ushort old;
                do
                {
                    old = memory.ReadVolatile<ushort>(Page + 6);
                }
                while (memory.CompareExchange(Page + 6, (ushort)(old + 1), old) != old);
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        Assert.Equal((ushort)(3 * Each), memory.Read<ushort>(Page + 6));
        Assert.Equal(0, memory.Read<ushort>(Page + 4));
    }

    [Fact]
    public void Index_publishedAfterItsData_isNeverAheadOfIt()
    {
        // Data first, index with release; index with acquire, then data: the pattern of every queue.
        const int Rounds = 200_000;
        Thread writer = new(() =>
        {
            for (int i = 1; i <= Rounds; i++)
            {
                memory.Write(Page + 64, i);
                memory.WriteVolatile(Page + 128, i);
            }
        });
        writer.Start();

        int seen;
        do
        {
            seen = memory.ReadVolatile<int>(Page + 128);
            Assert.True(memory.Read<int>(Page + 64) >= seen);
        }
        while (seen < Rounds);

        writer.Join();
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(7)]
    public void Access_notAligned_isRefused(int offset)
    {
        ulong address = Page + (ulong)offset;

        Assert.False(memory.TryReadVolatile(address, out ulong value));
        Assert.False(memory.TryWriteVolatile(address, 1UL));
        Assert.False(memory.TryCompareExchange(address, 1UL, 0UL, out _));
        GuestMemoryException e =
            Assert.Throws<GuestMemoryException>(() => memory.ReadVolatile<ulong>(address));

        Assert.Equal(0UL, value);
        Assert.Equal(
            $"guest address 0x{address:x} is no multiple of 8, so that 8 bytes there cannot be accessed "
            + "in one step",
            e.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(ulong.MaxValue - 7)]
    public void Access_toNoMemory_isRefused(ulong address)
    {
        Assert.False(memory.TryReadVolatile(address, out ulong _));
        Assert.False(memory.TryWriteVolatile(address, 1UL));
        Assert.Throws<GuestMemoryException>(() => memory.WriteVolatile(address, 1UL));
        Assert.Throws<GuestMemoryException>(() => memory.CompareExchange(address, 1UL, 0UL));
        Assert.True(memory.TryReadVolatile((3 * Page) - 8, out ulong _));
        Assert.False(memory.TryReadVolatile(3 * Page, out ulong _));
    }

    [Fact]
    public void Access_ofAnotherSize_isNotSupported()
    {
        Exception e = Assert.Throws<NotSupportedException>(() => memory.ReadVolatile<Three>(Page));

        Assert.Contains("has 3 bytes", e.Message, StringComparison.Ordinal);
        Assert.Throws<NotSupportedException>(() => memory.TryWriteVolatile(Page, default(UInt128)));
    }

    [Fact]
    public void Access_ofEveryKind_allocatesNothing()
    {
        byte[] bytes = new byte[64];
        AccessAll(bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();

        for (int i = 0; i < 1000; i++)
        {
            AccessAll(bytes);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private void AccessAll(byte[] bytes)
    {
        memory.Write(Page, bytes);
        memory.Read(Page, bytes);
        memory.Write(Page, memory.Read<uint>(Page));
        memory.WriteVolatile(Page, memory.ReadVolatile<ushort>(Page));
        memory.CompareExchange(Page, 1, 2);
        memory.Lease(Page, 8).Dispose();
        memory.LeaseForReading(Page, 8).Dispose();
        memory.Fill(Page, 2 * Page, 1);
        Assert.False(memory.TryRead(0, out byte _));
    }

    [StructLayout(LayoutKind.Sequential, Size = 3)]
    private struct Three;
}
