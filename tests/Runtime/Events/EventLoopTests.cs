using System.IO.Pipes;

namespace KvmInterop.Tests.Runtime.Events;

/// <summary>Files that are waited for, by the loop's own thread or by the caller's.</summary>
public class EventLoopTests
{
    // Only so that a lost event fails a test instead of hanging it; nothing is measured by it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void RunOnce_callsBackForWhatIsThere()
    {
        using EventLoop loop = new();
        using EventFd first = new();
        using EventFd second = new();
        List<string> log = [];
        loop.Add(first, count => log.Add($"first {count}"));
        loop.Add(second, count => log.Add($"second {count}"));

        Assert.Equal(0, loop.RunOnce(TimeSpan.Zero));
        first.Signal(3);
        Assert.Equal(1, loop.RunOnce(Patience));
        first.Signal();
        second.Signal();
        Assert.Equal(2, loop.RunOnce(Patience));
        Assert.Equal(0, loop.RunOnce(TimeSpan.Zero));

        Assert.Equal("first 3", log[0]);
        Assert.Equal(["first 1", "second 1"], log[1..].Order());
    }

    [Fact]
    public async Task Start_thousandFiles_eachIsCalledBack()
    {
        const int Files = 1_000;
        int[] calls = new int[Files];
        EventFd[] files = [.. Enumerable.Range(0, Files).Select(_ => new EventFd())];
        using CountdownEvent all = new(Files);
        using EventLoop loop = new();
        for (int i = 0; i < Files; i++)
        {
            int index = i;
            loop.Add(files[i], _ =>
            {
                calls[index]++;
                all.Signal();
            });
        }

        Task run = loop.Start("thousand");
        Parallel.ForEach(files, file => file.Signal());

        Assert.True(all.Wait(Patience));
        loop.Stop();
        await run.WaitAsync(Patience);
        Assert.All(calls, count => Assert.Equal(1, count));
        Array.ForEach(files, file => file.Dispose());
    }

    [Fact]
    public void Add_aPipe_tellsDataRoomAndTheEnd()
    {
        using AnonymousPipeServerStream reader = new(PipeDirection.In);
        AnonymousPipeClientStream writer = new(PipeDirection.Out, reader.ClientSafePipeHandle);
        using EventLoop loop = new();
        List<FileEvents> seen = [];
        using EventRegistration room = loop.Add(writer.SafePipeHandle, FileEvents.Writable, events =>
        {
            Assert.Equal(FileEvents.Writable, events);
            writer.WriteByte(7);
        });
        using EventRegistration data = loop.Add(reader.SafePipeHandle, FileEvents.Readable, events =>
        {
            seen.Add(events);
            if (events.HasFlag(FileEvents.Readable))
            {
                Assert.Equal(7, reader.ReadByte());
            }
        });

        Assert.Equal(1, loop.RunOnce(Patience));
        room.Watch(FileEvents.None);
        Assert.Equal(1, loop.RunOnce(Patience));
        room.Dispose();
        writer.Dispose();
        Assert.Equal(1, loop.RunOnce(Patience));

        Assert.Equal([FileEvents.Readable, FileEvents.HungUp], seen);
        Assert.Throws<ObjectDisposedException>(() => room.Watch(FileEvents.Writable));
    }

    [Fact]
    public void Remove_inACallback_takesEffectInTheSameBatch()
    {
        using EventLoop loop = new();
        using EventFd first = new();
        using EventFd second = new();
        EventRegistration?[] registrations = new EventRegistration?[2];
        int calls = 0;

        // Both are there at once; whichever comes first takes both away.
        registrations[0] = loop.Add(first, RemoveBoth);
        registrations[1] = loop.Add(second, RemoveBoth);
        first.Signal();
        second.Signal();

        Assert.Equal(1, loop.RunOnce(Patience));
        Assert.Equal(0, loop.RunOnce(TimeSpan.Zero));

        Assert.Equal(1, calls);

        void RemoveBoth(ulong count)
        {
            calls++;
            registrations[0]!.Dispose();
            registrations[1]!.Dispose();
        }
    }

    [Fact]
    public async Task Remove_fromAnotherThread_waitsForTheCallbackInProgress()
    {
        using EventLoop loop = new();
        using EventFd eventFd = new();
        using ManualResetEventSlim inside = new();
        using ManualResetEventSlim goOn = new();
        bool finished = false;
        EventRegistration registration = loop.Add(eventFd, _ =>
        {
            inside.Set();
            Assert.True(goOn.Wait(Patience));
            Volatile.Write(ref finished, true);
        });
        Task run = loop.Start();
        eventFd.Signal();
        Assert.True(inside.Wait(Patience));

        Task<bool> removed = Task.Run(() =>
        {
            registration.Dispose();
            return Volatile.Read(ref finished);
        });
        goOn.Set();

        Assert.True(await removed.WaitAsync(Patience));
        loop.Stop();
        await run.WaitAsync(Patience);
    }

    [Fact]
    public async Task Callback_thatThrows_endsTheOwnThreadAndSurfacesOnce()
    {
        using EventLoop loop = new();
        using EventFd eventFd = new();
        loop.Add(eventFd, _ => throw new InvalidTimeZoneException("broken"));
        Task run = loop.Start();

        eventFd.Signal();

        Exception e = await Assert.ThrowsAsync<InvalidTimeZoneException>(() => run.WaitAsync(Patience));
        Assert.Equal("broken", e.Message);
        Assert.Equal(0, loop.RunOnce(TimeSpan.Zero)); // It is nobody's any more, and can go on.
    }

    [Fact]
    public void Callback_thatThrows_comesOutOfTheRunAndNoEventIsLost()
    {
        using EventLoop loop = new();
        EventFd[] files = [new(), new(), new()];
        int calls = 0;
        foreach (EventFd file in files)
        {
            loop.Add(file, _ => throw new InvalidTimeZoneException($"broken {calls++}"));
            file.Signal();
        }

        foreach (int i in (int[])[0, 1, 2])
        {
            Assert.Equal($"broken {i}", Assert.Throws<InvalidTimeZoneException>(() => loop.Run()).Message);
        }

        Assert.Equal(0, loop.RunOnce(TimeSpan.Zero));
        Array.ForEach(files, file => file.Dispose());
    }

    [Fact]
    public async Task Run_isEndedByStopTokenAndNothingElse()
    {
        using EventLoop loop = new();
        using CancellationTokenSource source = new();
        loop.Wake();
        loop.Stop();
        loop.Run(CancellationToken.None); // The stop came before it.
        Task run = Task.Factory.StartNew(() => loop.Run(source.Token), TaskCreationOptions.LongRunning);

        loop.Wake();
        await source.CancelAsync();

        await run.WaitAsync(Patience);
    }

    [Fact]
    public async Task Run_onTwoThreads_isRefused()
    {
        using EventLoop loop = new();
        using EventFd eventFd = new();
        Exception? inside = null;
        loop.Add(eventFd, _ => inside = Record.Exception(() => loop.RunOnce(TimeSpan.Zero)));
        eventFd.Signal();
        loop.RunOnce(Patience);
        Task run = loop.Start();

        Exception outside = Assert.Throws<InvalidOperationException>(() => loop.Run());

        Assert.Equal(
            "the event loop is running on another thread already; one thread at a time can run it",
            outside.Message);
        Assert.IsType<InvalidOperationException>(inside);
        loop.Stop();
        await run.WaitAsync(Patience);
    }

    [Fact]
    public void Timer_ticksUntilItIsCancelled()
    {
        using EventLoop loop = new();
        ulong ticks = 0;
        using EventTimer timer = loop.AddTimer(count => ticks += count);

        Assert.Equal(0, loop.RunOnce(TimeSpan.Zero));
        timer.Set(TimeSpan.FromTicks(1), TimeSpan.FromMilliseconds(1));
        while (ticks < 3)
        {
            Assert.Equal(1, loop.RunOnce(Patience));
        }

        timer.Cancel();
        Assert.Equal(0, loop.RunOnce(TimeSpan.FromMilliseconds(5)));
        timer.Set(TimeSpan.FromMilliseconds(1));
        ulong before = ticks;
        Assert.Equal(1, loop.RunOnce(Patience));
        Assert.Equal(before + 1, ticks);
        Assert.Throws<ArgumentOutOfRangeException>(() => timer.Set(TimeSpan.Zero));
    }

    [Fact]
    public void Add_whatCannotBeWatched_isRefusedAndLeavesNothing()
    {
        using EventLoop loop = new();
        using EventFd eventFd = new();
        loop.Add(eventFd, _ => { });
        using Microsoft.Win32.SafeHandles.SafeFileHandle regular =
            File.OpenHandle(typeof(EventLoopTests).Assembly.Location);

        KvmException twice = Assert.Throws<KvmException>(() => loop.Add(eventFd, _ => { }));
        KvmException file = Assert.Throws<KvmException>(
            () => loop.Add(regular, FileEvents.Readable, _ => { }));

        Assert.Equal(("epoll_ctl", "EEXIST"), (twice.Operation, twice.ErrnoName));
        Assert.Contains("watches this file already", twice.Message, StringComparison.Ordinal);
        Assert.Equal(("epoll_ctl", "EPERM"), (file.Operation, file.ErrnoName));
        Assert.Contains("nothing to wait for", file.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RunOnce_thousandsOfEvents_allocatesNothing()
    {
        const int Events = 2_000;
        using EventLoop loop = new();
        using EventFd eventFd = new();
        ulong seen = 0;
        loop.Add(eventFd, count => seen += count);
        Pump(1_000);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Pump(Events);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1_000ul + Events, seen);

        void Pump(int times)
        {
            for (int i = 0; i < times; i++)
            {
                eventFd.Signal();
                loop.RunOnce(TimeSpan.Zero);
            }
        }
    }
}
