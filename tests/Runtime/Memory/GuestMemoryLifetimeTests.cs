using System.Runtime.CompilerServices;

namespace KvmInterop.Tests.Runtime.Memory;

[Collection(Alone.Name)]
public class GuestMemoryLifetimeTests
{
    [Fact]
    public void Dispose_withALease_keepsTheMemoryUntilItEnds()
    {
        Footprint footprint = Footprint.Now();
        GuestMemory memory = new();
        memory.Add(0, Footprint.MemorySize);
        GuestMemoryLease lease = memory.Lease(Footprint.MemorySize - 8, 8);

        memory.Dispose();
        lease.Span.Fill(1); // Would be a segmentation fault if the memory were gone.
        (int, int, int) held = footprint.More;
        lease.Dispose();

        Assert.Equal((0, 0, 1), held);
        Assert.Equal((0, 0, 0), footprint.More);
        Assert.Throws<ObjectDisposedException>(() => memory.Read<byte>(0));
    }

    [Fact]
    public void Remove_withALease_keepsTheMemoryUntilItEnds()
    {
        Footprint footprint = Footprint.Now();
        using GuestMemory memory = new();
        GuestMemoryRegion region = memory.Add(0, Footprint.MemorySize);
        GuestMemoryLease lease = memory.Lease(0, 8);

        memory.Remove(region);
        lease.Span.Fill(1);
        (int, int, int) held = footprint.More;
        lease.Dispose();

        Assert.Equal((0, 0, 1), held);
        Assert.Equal((0, 0, 0), footprint.More);
        Assert.False(memory.TryRead(0, out byte _));
    }

    [Fact]
    public void Finalizer_ofForgottenMemory_unmapsIt()
    {
        Footprint footprint = Footprint.Now();

        Forget();
        footprint.Collect();

        Assert.Equal((0, 0, 0), footprint.More);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Forget() => new GuestMemory().Add(0, Footprint.MemorySize);
    }

    [Fact]
    public void Access_whileAnotherThreadRemoves_neverTouchesFreedMemory()
    {
        using GuestMemory memory = new();
        ulong page = (ulong)Environment.SystemPageSize;
        using CancellationTokenSource done = new();
        Thread removing = new(() =>
        {
            while (!done.IsCancellationRequested)
            {
                memory.Remove(memory.Add(0, page));
            }
        });
        removing.Start();

        int reached = 0;
        byte[] bytes = new byte[64];
        for (int i = 0; i < 200_000 || (reached == 0 && i < 50_000_000); i++)
        {
            reached += memory.TryRead(8, bytes) ? 1 : 0;
            reached += memory.TryWrite(16, 0x1234u) ? 1 : 0;
        }

        done.Cancel();
        removing.Join();
        Assert.True(reached > 0);
    }
}
