using KvmInterop.Native;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Threads;

/// <summary>How vCPU threads start and end.</summary>
public class VcpuGroupTests
{
    [SkippableFact]
    public async Task Start_vcpusThatHalt_endsWithTheLast()
    {
        using SmpMachine machine = new(4, (guest, number) =>
        {
            guest.@out(0x10, al);
            guest.hlt();
        });
        using VcpuGroup group = VcpuGroups.Started(machine.Loops);

        VcpuGroupResult result = await group.Completion.WaitAsync(VcpuGroups.Patience);

        Assert.Equal(new VcpuStop.Halted(), result.Stop);
        Assert.Contains(result.Thread, group.Threads);
        Assert.All(group.Threads, thread => Assert.Equal(
            (VcpuThreadState.Ended, new VcpuStop.Halted()), (thread.State, thread.LastStop)));
        Assert.Equal(4, machine.Device.Log.Count);
        Assert.Equal($"{result.Thread!.Name}: the guest halted (KVM_EXIT_HLT)", result.ToString());
    }

    [SkippableFact]
    public void HandlerThatStops_onOneVcpu_endsTheOthers()
    {
        using SmpMachine machine = OneEndsOthersSpin(guest => guest.@out(0x40, al));
        machine.Loops[1].On(KvmExitReason.KVM_EXIT_IO, (scoped in VcpuExit exit) => ExitAction.Stop);
        using VcpuGroup group = VcpuGroups.Started(machine.Loops);

        VcpuGroupResult result = group.Wait();

        Assert.Equal(
            new VcpuGroupResult(group.Threads[1], new VcpuStop.ByHandler(KvmExitReason.KVM_EXIT_IO)), result);
        Assert.All(group.Threads, thread => Assert.Equal(VcpuThreadState.Ended, thread.State));
        Assert.Null(group.Threads[0].LastStop);
    }

    [SkippableFact]
    public async Task Exception_ofADevice_endsAllAndComesOutOnceWithItsStack()
    {
        using SmpMachine machine = OneEndsOthersSpin(guest => guest.@out(0x40, al));
        InvalidTimeZoneException thrown = new("broken");
        machine.Pio.Register("broken", 0x40, 1, new CallbackDevice(() => Throw(thrown)));
        using VcpuGroup group = VcpuGroups.Started(machine.Loops);

        Exception waited = Assert.Throws<InvalidTimeZoneException>(() => group.Wait());
        Exception awaited = await Assert.ThrowsAsync<InvalidTimeZoneException>(() => group.Completion);

        Assert.Same(thrown, waited);
        Assert.Same(thrown, awaited);
        Assert.Contains(nameof(Throw), waited.StackTrace, StringComparison.Ordinal);
        Assert.Same(thrown, group.Threads[1].Failure);
        Assert.All(group.Threads, thread => Assert.Equal(VcpuThreadState.Ended, thread.State));
        Assert.All(group.Threads.Where(t => t != group.Threads[1]), thread => Assert.Null(thread.Failure));

        static void Throw(Exception e) => throw e;
    }

    [SkippableFact]
    public void Exceptions_onSeveralThreads_surfaceAsTheFirstAndStayWithTheirThreads()
    {
        using Barrier both = new(2);
        using SmpMachine machine = new(2, (guest, number) => guest.@out(0x40, al));
        machine.Pio.Register("broken", 0x40, 1, new CallbackDevice(() =>
        {
            both.SignalAndWait();
            throw new InvalidTimeZoneException(VcpuThread.Current!.Name);
        }));
        using VcpuGroup group = VcpuGroups.Started(machine.Loops);

        Exception e = Assert.Throws<InvalidTimeZoneException>(() => group.Wait());

        Assert.Contains(e, group.Threads.Select(thread => thread.Failure));
        Assert.Equal(["vCPU 0", "vCPU 1"], group.Threads.Select(thread => thread.Failure?.Message));
    }

    [SkippableFact]
    public async Task Stop_spinningVcpus_endsThemFromOutside()
    {
        using SmpMachine machine = new(4, (guest, number) => SmpMachine.Spin(guest));
        using VcpuGroup group = VcpuGroups.Started(machine.Loops);

        group.Stop();

        VcpuGroupResult result = await group.Completion.WaitAsync(VcpuGroups.Patience);
        Assert.Equal(new VcpuGroupResult(null, new VcpuStop.Requested()), result);
        Assert.Equal("the group was asked to stop", result.ToString());
        Assert.Equal(result, group.Wait());
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Stop_beforeTheStart_entersNoGuest(bool byToken)
    {
        using SmpMachine machine = new(2, (guest, number) => SmpMachine.Count(guest));
        using VcpuGroup group = new(machine.Loops);
        if (!byToken)
        {
            group.Stop();
        }

        group.Start(new CancellationToken(canceled: byToken));

        Assert.Equal(new VcpuStop.Requested(), group.Wait().Stop);
        Assert.Equal((0u, 0u), (machine.Counter(0), machine.Counter(1)));
        Assert.Throws<InvalidOperationException>(() => group.Start());
    }

    [SkippableFact]
    public async Task Token_cancelledLater_endsTheGroup()
    {
        using SmpMachine machine = new(2, (guest, number) => SmpMachine.Spin(guest));
        using CancellationTokenSource source = new();
        using VcpuGroup group = new(machine.Loops);
        group.Start(source.Token);

        await source.CancelAsync();

        Assert.Equal(new VcpuStop.Requested(), await group.EndAsync());
    }

    [SkippableFact]
    public void Wait_withACancelledToken_leavesTheGroupRunning()
    {
        using SmpMachine machine = new(1, (guest, number) => SmpMachine.Spin(guest));
        using VcpuGroup group = VcpuGroups.Started(machine.Loops);

        Assert.Throws<OperationCanceledException>(() => group.Wait(new CancellationToken(canceled: true)));

        Assert.Equal(VcpuThreadState.Running, group.Threads[0].State);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void StopWithAReason_fromADevice_endsTheGroupWithIt(bool ofItsLoop)
    {
        using SmpMachine machine = OneEndsOthersSpin(guest => guest.@out(0x40, al));
        using VcpuGroup group = new(machine.Loops);
        machine.Pio.Register("reset", 0x40, 1, new CallbackDevice(() =>
        {
            if (ofItsLoop)
            {
                VcpuThread.Current!.Loop.Stop("reset");
            }
            else
            {
                group.Stop("reset");
                group.Stop();
            }
        }));
        group.Start();

        VcpuGroupResult result = group.Wait();

        Assert.Equal(new VcpuGroupResult(group.Threads[1], new VcpuStop.ByDevice("reset")), result);
        Assert.Equal("vCPU 1: a device ended the run: reset", result.ToString());
        Assert.All(group.Threads, thread => Assert.Equal(VcpuThreadState.Ended, thread.State));
        Assert.Equal(0x1002ul, machine.Loops[1].Vcpu.GetRegisters().rip);
    }

    [SkippableFact]
    public void StopWithAReason_fromAnotherThread_endsTheGroupWithIt()
    {
        using SmpMachine machine = new(2, (guest, number) => SmpMachine.Spin(guest));
        using VcpuGroup group = VcpuGroups.Started(machine.Loops);

        group.Stop("watchdog");

        VcpuGroupResult result = group.Wait();
        Assert.Equal(new VcpuGroupResult(null, new VcpuStop.ByDevice("watchdog")), result);
        Assert.Equal("a device ended the run: watchdog", result.ToString());
        Assert.Throws<ArgumentNullException>(() => group.Stop(null!));
    }

    [SkippableFact]
    public async Task StopOfOneLoop_endsThatThreadOnly()
    {
        using SmpMachine machine = new(2, (guest, number) => SmpMachine.Count(guest));
        using VcpuGroup group = VcpuGroups.Started(machine.Loops);

        machine.Loops[0].Stop();

        VcpuGroups.Await(() => group.Threads[0].State == VcpuThreadState.Ended, "vCPU 0 goes on");
        uint counted = machine.Counter(1);
        VcpuGroups.Await(() => machine.Counter(1) > counted, "vCPU 1 stopped as well");
        machine.Loops[1].Stop();
        Assert.Equal(new VcpuStop.Requested(), await group.EndAsync());
    }

    [SkippableFact]
    public void StopHandler_ofEachStop_decidesOnTheVcpusThread()
    {
        List<(Thread, uint, ulong)> stops = [];
        using SmpMachine machine = new(1, (guest, number) =>
        {
            guest.hlt();
            guest.hlt();
            guest.hlt();
        });
        using VcpuGroup group = new(machine.Loops);
        group.StopHandler = (thread, stop) =>
        {
            Assert.Same(thread, VcpuThread.Current);
            stops.Add((Thread.CurrentThread, thread.Vcpu.Id, thread.Vcpu.GetRegisters().rip));
            return stops.Count < 3 ? VcpuStopDecision.Resume : VcpuStopDecision.EndGroup;
        };
        group.Start();

        VcpuGroupResult result = group.Wait();

        Assert.Equal(new VcpuGroupResult(group.Threads[0], new VcpuStop.Halted()), result);
        Assert.Equal([0x1001ul, 0x1002, 0x1003], stops.Select(stop => stop.Item3));
        Assert.Single(stops.Select(stop => stop.Item1).Distinct());
        Assert.Null(VcpuThread.Current);
    }

    [SkippableFact]
    public void StopHandler_thatThrows_endsTheGroup()
    {
        using SmpMachine machine = OneEndsOthersSpin(guest => guest.hlt());
        using VcpuGroup group = new(machine.Loops);
        group.StopHandler = (thread, stop) => throw new InvalidTimeZoneException();
        group.Start();

        Assert.Throws<InvalidTimeZoneException>(() => group.Wait());
    }

    [SkippableFact]
    public void Add_toAStartedGroup_startsTheThread()
    {
        using SmpMachine machine = new(2, (guest, number) => SmpMachine.Count(guest));
        using VcpuGroup group = VcpuGroups.Started(machine.Loops[0]);

        group.Add(machine.Loops[1]);

        VcpuGroups.Await(() => machine.Counter(1) > 0, "it does not run");
        Exception twice = Assert.Throws<ArgumentException>(() => group.Add(machine.Loops[1]));
        Assert.StartsWith(
            "vCPU 1 has a thread in this group already; one at a time can run it", twice.Message,
            StringComparison.Ordinal);
        group.Stop();
        Exception late = Assert.Throws<InvalidOperationException>(() => group.Add(machine.Loops[1]));
        Assert.StartsWith("the group has ended or is ending", late.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Start_withoutAVcpu_isRefused()
    {
        using VcpuGroup group = new();

        Exception e = Assert.Throws<InvalidOperationException>(() => group.Start());

        Assert.Equal("the group has no vCPU; add one first", e.Message);
    }

    [SkippableFact]
    public void Thread_withOptions_hasNameStackAndAffinity()
    {
        string status = "", name = "";
        using SmpMachine machine = new(1, (guest, number) =>
        {
            guest.@out(0x40, al);
            guest.hlt();
        });
        machine.Pio.Register("looking", 0x40, 1, new CallbackDevice(() =>
        {
            name = File.ReadAllText("/proc/thread-self/comm").TrimEnd();
            status = File.ReadAllText("/proc/thread-self/status");
        }));
        int processor = Environment.ProcessorCount - 1;
        using VcpuGroup group = new();
        group.Add(machine.Loops[0], new VcpuThreadOptions { Name = "boot", Affinity = [processor] });
        group.Start();

        group.Wait();

        Assert.Equal("boot", name);
        Assert.Contains($"Cpus_allowed_list:\t{processor}\n", status, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Thread_withoutAName_isNamedAfterItsVcpu()
    {
        string name = "";
        using SmpMachine machine = OneEndsOthersSpin(guest => guest.@out(0x40, al));
        using VcpuGroup group = new(machine.Loops);
        machine.Pio.Register("looking", 0x40, 1, new CallbackDevice(() =>
        {
            name = File.ReadAllText("/proc/thread-self/comm").TrimEnd();
            group.Stop();
        }));
        group.Start();

        group.Wait();

        Assert.Equal("vCPU 1", name);
    }

    [SkippableFact]
    public void Start_onAProcessorThatIsNotThere_isRefusedAndAllHaveEnded()
    {
        using SmpMachine machine = new(2, (guest, number) => SmpMachine.Count(guest));
        using VcpuGroup group = new(machine.Loops[0]);
        group.Add(machine.Loops[1], new VcpuThreadOptions { Affinity = [60_000] });

        KvmException e = Assert.Throws<KvmException>(() => group.Start());

        Assert.Equal(("sched_setaffinity", "EINVAL"), (e.Operation, e.ErrnoName));
        Assert.All(group.Threads, thread => Assert.Equal(VcpuThreadState.Ended, thread.State));
        Assert.Equal(0u, machine.Counter(0));
        Assert.Same(e, group.Completion.Exception?.InnerException);
    }

    [SkippableFact]
    public void Add_withOptionsThatCannotBe_isRefused()
    {
        using SmpMachine machine = new(1, (guest, number) => guest.hlt());
        using VcpuGroup group = new();

        Assert.Throws<ArgumentException>(() => Add(new VcpuThreadOptions { Affinity = [] }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Add(new VcpuThreadOptions { Affinity = [-1] }));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => Add(new VcpuThreadOptions { Affinity = [int.MaxValue] }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Add(new VcpuThreadOptions { StackSize = -1 }));
        Assert.Empty(group.Threads);

        void Add(VcpuThreadOptions options) => group.Add(machine.Loops[0], options);
    }

    // vCPU 1 does something, the other three never leave by themselves.
    private static SmpMachine OneEndsOthersSpin(Action<Iced.Intel.Assembler> end) => new(4, (guest, number) =>
    {
        if (number == 1)
        {
            end(guest);
        }

        SmpMachine.Spin(guest);
    });
}
