using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Threads;

/// <summary>Single threads that are kept while others run, or that run alone: what debuggers need.</summary>
public class VcpuParkTests
{
    [SkippableFact]
    public void ParkDecision_ofOneVcpu_keepsItUntilResume()
    {
        using SmpMachine machine = OneHaltsFirst(3);
        using VcpuGroup group = new(machine.Loops);
        group.StopHandler = (thread, stop) => VcpuStopDecision.Park;
        group.Start();
        VcpuThread parked = group.Threads[1];
        VcpuGroups.Await(() => parked.State == VcpuThreadState.Parked, "it does not park");

        machine.AwaitProgress(0);
        machine.AwaitProgress(2);
        Assert.Equal(new VcpuStop.Halted(), parked.LastStop);
        Assert.Equal(0x1001ul, parked.Vcpu.GetRegisters().rip);
        Assert.Equal(0u, machine.Counter(1));
        using (group.Pause())
        {
            parked.Resume();
            Assert.Equal(VcpuThreadState.Parked, parked.State);
        }

        machine.AwaitProgress(1);
    }

    [SkippableFact]
    public void Resume_whileTheStopHandlerDecides_isNotLost()
    {
        using SmpMachine machine = OneHaltsFirst(2);
        using VcpuGroup group = new(machine.Loops);
        group.StopHandler = (thread, stop) =>
        {
            thread.Resume();
            return VcpuStopDecision.Park;
        };
        group.Start();

        machine.AwaitProgress(1);
    }

    [SkippableFact]
    public void Park_aRunningVcpu_keepsItUntilResume()
    {
        using SmpMachine machine = Counting(2);
        using VcpuGroup group = VcpuGroups.Started(machine.Loops);
        machine.AwaitProgress(0);

        group.Threads[0].Park();

        uint counted = machine.Counter(0);
        machine.AwaitProgress(1);
        Assert.Equal(counted, machine.Counter(0));
        Assert.Equal(VcpuThreadState.Parked, group.Threads[0].State);
        group.Threads[0].Resume();
        machine.AwaitProgress(0);
    }

    [SkippableFact]
    public void Park_fromItsOwnDevice_parksAfterTheAccess()
    {
        using SmpMachine machine = new(1, (guest, number) =>
        {
            guest.@in(al, 0x40);
            SmpMachine.Count(guest);
        });
        using VcpuGroup group = new(machine.Loops);
        machine.Pio.Register("parking", 0x40, 1, new CallbackDevice(() => VcpuThread.Current!.Park()));
        group.Start();
        VcpuThread thread = group.Threads[0];
        VcpuGroups.Await(() => thread.State == VcpuThreadState.Parked, "it does not park");

        Assert.Equal(0x1002ul, thread.Vcpu.GetRegisters().rip);
        thread.Resume();
        machine.AwaitProgress(0);
    }

    [SkippableFact]
    public void StartsParked_runsAfterResume()
    {
        using SmpMachine machine = Counting(2);
        using VcpuGroup group = new(machine.Loops[0]);
        VcpuThread second = group.Add(machine.Loops[1], new VcpuThreadOptions { StartsParked = true });
        group.Start();
        machine.AwaitProgress(0);
        Assert.Equal((VcpuThreadState.Parked, 0u), (second.State, machine.Counter(1)));

        second.Resume();

        machine.AwaitProgress(1);
    }

    [SkippableFact]
    public void RunAlone_singleSteps_leavesTheOthersWhereTheyAre()
    {
        using SmpMachine machine = Counting(3);
        using VcpuGroup group = new(machine.Loops);
        group.StopHandler = (thread, stop) =>
            stop is VcpuStop.Debug ? VcpuStopDecision.Park : VcpuStopDecision.Default;
        group.Start();
        machine.AwaitProgress(1);
        VcpuThread stepped = group.Threads[1];
        VcpuPause pause = group.Pause();
        (uint, uint) others = (machine.Counter(0), machine.Counter(2));
        stepped.Vcpu.SetDebug(new GuestDebug { SingleStep = true });

        List<ulong> seen = [];
        for (int i = 0; i < 20; i++)
        {
            uint counted = machine.Counter(1);
            ulong before = stepped.Vcpu.GetRegisters().rip;
            Assert.IsType<VcpuStop.Debug>(pause.RunAlone(stepped));
            ulong after = stepped.Vcpu.GetRegisters().rip;
            Assert.NotEqual(before, after);
            Assert.Equal(after < before ? counted : counted + 1, machine.Counter(1));
            seen.Add(after);
        }

        // A loop of two instructions: each was stopped at ten times.
        Assert.All(seen.GroupBy(rip => rip), stops => Assert.Equal(10, stops.Count()));
        Assert.Equal(others, (machine.Counter(0), machine.Counter(2)));
        stepped.Vcpu.SetDebug(GuestDebug.Off);
        stepped.Resume();
        pause.Dispose();
        machine.AwaitProgress(0);
        machine.AwaitProgress(1);
    }

    [SkippableFact]
    public void RunAlone_cancelled_bringsItBack()
    {
        using SmpMachine machine = Counting(2);
        using VcpuGroup group = VcpuGroups.Started(machine.Loops);
        using VcpuPause pause = group.Pause();
        using CancellationTokenSource source = new();
        uint other = machine.Counter(1);

        Task<VcpuStop> run = Task.Run(() => pause.RunAlone(group.Threads[0], source.Token));
        machine.AwaitProgress(0);
        Exception second = Assert.Throws<InvalidOperationException>(
            () => pause.RunAlone(group.Threads[1]));
        source.Cancel();

        Assert.Equal(new VcpuStop.Requested(), run.GetAwaiter().GetResult());
        Assert.Equal("vCPU 1 cannot run alone, because vCPU 0 does already; one at a time", second.Message);
        Assert.Equal(VcpuThreadState.Parked, group.Threads[0].State);
        Assert.Equal(other, machine.Counter(1));
    }

    [SkippableFact]
    public void RunAlone_whileAnotherPauses_waitsForTheOther()
    {
        using SmpMachine machine = Counting(2);
        using VcpuGroup group = VcpuGroups.Started(machine.Loops);
        using VcpuPause pause = group.Pause();
        using CancellationTokenSource source = new();
        Task<VcpuStop> run = Task.Run(() => pause.RunAlone(group.Threads[0], source.Token));
        machine.AwaitProgress(0);

        using (group.Pause())
        {
            uint counted = machine.Counter(0);
            Assert.Equal(VcpuThreadState.Parked, group.Threads[0].State);
            Thread.Yield();
            Assert.Equal(counted, machine.Counter(0));
        }

        machine.AwaitProgress(0);
        source.Cancel();
        Assert.Equal(new VcpuStop.Requested(), run.GetAwaiter().GetResult());
    }

    [SkippableFact]
    public void RunAlone_endedByItsPauseOrTheGroup_comesBack()
    {
        using SmpMachine machine = Counting(2);
        using VcpuGroup group = VcpuGroups.Started(machine.Loops);
        foreach (bool byGroup in (bool[])[false, true])
        {
            VcpuPause pause = group.Pause();
            Task<VcpuStop> run = Task.Run(() => pause.RunAlone(group.Threads[0]));
            machine.AwaitProgress(0);

            if (byGroup)
            {
                group.Stop();
            }
            else
            {
                pause.Dispose();
            }

            Assert.Equal(new VcpuStop.Requested(), run.GetAwaiter().GetResult());
        }
    }

    [SkippableFact]
    public void RunAlone_ofAVcpuThatCannot_isRefused()
    {
        using SmpMachine machine = OneHaltsFirst(2);
        using SmpMachine others = Counting(1);
        using VcpuGroup group = new(machine.Loops), other = new(others.Loops);
        using VcpuPause pause = group.Pause();

        Exception early = Assert.Throws<InvalidOperationException>(() => pause.RunAlone(group.Threads[1]));
        group.Start();
        VcpuStop stop = pause.RunAlone(group.Threads[1]);
        Exception late = Assert.Throws<InvalidOperationException>(() => pause.RunAlone(group.Threads[1]));
        Exception strange = Assert.Throws<ArgumentException>(() => pause.RunAlone(other.Threads[0]));

        Assert.Equal(new VcpuStop.Halted(), stop);
        Assert.Equal("vCPU 1 cannot run alone: it is not started", early.Message);
        Assert.Equal("vCPU 1 cannot run alone: it has ended", late.Message);
        Assert.StartsWith("vCPU 0 is of another group", strange.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void RunAlone_ofTheCallersOwnVcpu_isRefused()
    {
        Exception? refused = null;
        using SmpMachine machine = new(1, (guest, number) => guest.hlt());
        using VcpuGroup group = new(machine.Loops);
        group.StopHandler = (thread, stop) =>
        {
            using VcpuPause pause = group.Pause();
            refused = Record.Exception(() => pause.RunAlone(thread));
            return VcpuStopDecision.EndThis;
        };
        group.Start();
        group.Wait();

        Assert.Equal(
            "vCPU 0 cannot run while it waits here for itself; call RunAlone on another thread",
            Assert.IsType<InvalidOperationException>(refused).Message);
    }

    private static SmpMachine Counting(int count) => new(count, (guest, number) => SmpMachine.Count(guest));

    private static SmpMachine OneHaltsFirst(int count) => new(count, (guest, number) =>
    {
        if (number == 1)
        {
            guest.hlt();
        }

        SmpMachine.Count(guest);
    });
}
