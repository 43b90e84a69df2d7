namespace KvmInterop.Tests.Runtime.Events;

/// <summary>The counter that the kernel keeps, and waiting for it.</summary>
public class EventFdTests
{
    // Only so that a lost event fails a test instead of hanging it; nothing is measured by it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void TryTake_afterSignals_givesTheSumAndLeavesNothing()
    {
        using EventFd eventFd = new(count: 5);

        eventFd.Signal();
        eventFd.Signal(10);

        Assert.True(eventFd.TryTake(out ulong count));
        Assert.Equal(16ul, count);
        Assert.False(eventFd.TryTake(out count));
        Assert.Equal(0ul, count);
    }

    [Fact]
    public void Signal_beyondTheHighestCount_staysSignalled()
    {
        using EventFd eventFd = new();
        eventFd.Signal(ulong.MaxValue - 1);

        eventFd.Signal();

        Assert.True(eventFd.TryTake(out ulong count));
        Assert.Equal(ulong.MaxValue - 1, count);
        Assert.Throws<ArgumentOutOfRangeException>(() => eventFd.Signal(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => eventFd.Signal(ulong.MaxValue));
    }

    [Fact]
    public void TryTake_withATime_givesUpOrWaitsForTheSignal()
    {
        using EventFd eventFd = new();
        Assert.False(eventFd.TryTake(TimeSpan.FromMilliseconds(1), out _));
        Thread signaller = new(() => eventFd.Signal(3));

        signaller.Start();

        Assert.True(eventFd.TryTake(Patience, out ulong count));
        Assert.Equal(3ul, count);
        signaller.Join();
        Assert.Throws<ArgumentOutOfRangeException>(() => eventFd.TryTake(TimeSpan.FromTicks(-2), out _));
    }

    [Fact]
    public async Task Take_isEndedByItsTokenOnly()
    {
        using EventFd eventFd = new();
        using CancellationTokenSource source = new();
        Task<ulong> cancelled = Task.Factory.StartNew(
            () => eventFd.Take(source.Token), TaskCreationOptions.LongRunning);
        await source.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => cancelled.WaitAsync(Patience));

        Task<ulong> taken = Task.Factory.StartNew(
            () => eventFd.Take(), TaskCreationOptions.LongRunning);
        eventFd.Signal(2);

        Assert.Equal(2ul, await taken.WaitAsync(Patience));
    }

    [Fact]
    public void Disposed_isRefused()
    {
        EventFd eventFd = new();
        eventFd.Dispose();
        eventFd.Dispose();

        Assert.Throws<ObjectDisposedException>(() => eventFd.Signal());
        Assert.Throws<ObjectDisposedException>(() => eventFd.TryTake(out _));
        Assert.True(eventFd.Handle.IsClosed);
    }
}
