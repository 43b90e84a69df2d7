namespace KvmInterop.Tests.Runtime.Events;

/// <summary>Loops that end in any order, and files that come and go meanwhile.</summary>
[Collection(Alone.Name)]
public class EventLoopLifetimeTests
{
    // Only so that a lost event fails a test instead of hanging it; nothing is measured by it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task AddAndRemove_whileEverythingIsSignalled_neverCallsBackAfterwards()
    {
        const int Rounds = 500;
        using EventLoop loop = new();
        using EventFd steady = new();
        long steadyCount = 0;
        long called = 0;
        long late = 0;
        loop.Add(steady, count => Interlocked.Add(ref steadyCount, (long)count));
        Task run = loop.Start("stress");

        Task[] workers = [.. Enumerable.Range(0, 3).Select(_ => Task.Factory.StartNew(
            () =>
            {
                for (int i = 0; i < Rounds; i++)
                {
                    using EventFd eventFd = new();
                    bool removed = false;
                    EventRegistration registration = loop.Add(eventFd, _ =>
                    {
                        Interlocked.Increment(ref called);
                        if (Volatile.Read(ref removed))
                        {
                            Interlocked.Increment(ref late);
                        }
                    });
                    eventFd.Signal();
                    steady.Signal();
                    registration.Dispose();
                    Volatile.Write(ref removed, true);
                    eventFd.Signal();
                }
            },
            TaskCreationOptions.LongRunning))];
        await Task.WhenAll(workers).WaitAsync(Patience);

        // Nothing of the one that stays is lost.
        Assert.True(SpinWait.SpinUntil(() => Interlocked.Read(ref steadyCount) == 3 * Rounds, Patience));
        loop.Stop();
        await run.WaitAsync(Patience);
        Assert.Equal(0, late);
        Assert.InRange(called, 0, 3 * Rounds);
    }

    [Fact]
    public async Task Dispose_atAnyMoment_leavesNoFileAndNoThread()
    {
        int before = Mappings.EventFiles();
        for (int i = 0; i < 30; i++)
        {
            EventLoop loop = new();
            EventFd eventFd = new();
            Assert.InRange(Mappings.EventFiles(), before + 3, int.MaxValue);
            using EventTimer timer = loop.AddTimer(_ => { });
            timer.Set(TimeSpan.FromTicks(1), TimeSpan.FromTicks(1));
            loop.Add(eventFd, _ => { });
            Task run = loop.Start("short");
            eventFd.Signal();
            if (i % 2 == 0)
            {
                eventFd.Dispose(); // The loop keeps the file until it lets go itself.
            }

            loop.Dispose();
            loop.Dispose();
            await run.WaitAsync(Patience);
            eventFd.Dispose();
            Assert.Throws<ObjectDisposedException>(() => loop.Run());
            Assert.Throws<ObjectDisposedException>(() => loop.Add(eventFd, _ => { }));
        }

        Assert.Equal(before, Mappings.EventFiles());

        // The end of its run is the last that a thread tells; the kernel has it for a moment longer.
        Assert.True(SpinWait.SpinUntil(() => !ThreadNames().Contains("short"), Patience));
    }

    [Fact]
    public async Task Dispose_insideACallback_returnsAndEndsTheRun()
    {
        int before = Mappings.EventFiles();
        EventLoop loop = new();
        EventFd eventFd = new();
        int calls = 0;
        loop.Add(eventFd, _ =>
        {
            calls++;
            loop.Dispose();
            eventFd.Dispose();
        });
        Task run = loop.Start("itself");

        eventFd.Signal();

        await run.WaitAsync(Patience);
        Assert.Equal(1, calls);
        Assert.Equal(before, Mappings.EventFiles());
    }

    private static string[] ThreadNames() =>
        [.. Directory.GetDirectories("/proc/self/task").Select(task =>
        {
            try
            {
                return File.ReadAllText(Path.Combine(task, "comm")).Trim();
            }
            catch (IOException)
            {
                return ""; // It has ended since.
            }
        })];
}
