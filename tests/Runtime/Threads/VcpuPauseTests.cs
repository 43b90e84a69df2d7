using KvmInterop.Native.X64;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Threads;

/// <summary>Pauses: nothing runs, nothing is half-way, and everything goes on afterwards.</summary>
public class VcpuPauseTests
{
    [SkippableFact]
    public void Pause_runningVcpus_keepsAllStill()
    {
        using SmpMachine machine = Counting(4);
        using VcpuGroup group = VcpuGroups.Started(machine.Loops);
        for (int i = 0; i < 50; i++)
        {
            machine.AwaitProgress(0);
            using VcpuPause pause = group.Pause();

            uint[] counted = Counters(machine);
            kvm_regs[] registers = Registers(machine);
            Assert.All(group.Threads, thread => Assert.Equal(VcpuThreadState.Parked, thread.State));
            Thread.Yield();
            Assert.Equal(counted, Counters(machine));
            Assert.Equal(registers.Select(r => r.rip), Registers(machine).Select(r => r.rip));
        }

        for (int number = 0; number < 4; number++)
        {
            machine.AwaitProgress(number);
        }
    }

    [SkippableFact]
    public async Task Pauses_thatNest_resumeWithTheLast()
    {
        using SmpMachine machine = Counting(2);
        using VcpuGroup group = VcpuGroups.Started(machine.Loops);
        VcpuPause outer = group.Pause();
        VcpuPause inner = await Task.Run(() => group.Pause());

        outer.Dispose();
        outer.Dispose();

        Assert.All(group.Threads, thread => Assert.Equal(VcpuThreadState.Parked, thread.State));
        Assert.Throws<ObjectDisposedException>(() => outer.Wait());
        inner.Dispose();
        machine.AwaitProgress(0);
        machine.AwaitProgress(1);
    }

    [SkippableFact]
    public void Pause_beforeTheStart_holdsTheStart()
    {
        using SmpMachine machine = Counting(2);
        using VcpuGroup group = new(machine.Loops);
        using (group.Pause())
        {
            group.Start();
            Assert.All(group.Threads, thread => Assert.Equal(VcpuThreadState.Parked, thread.State));
            Assert.Equal([0u, 0u], Counters(machine));
        }

        machine.AwaitProgress(0);
    }

    [SkippableFact]
    public void Pause_withVcpusThatEnded_waitsForTheRest()
    {
        using SmpMachine machine = new(3, (guest, number) =>
        {
            if (number == 1)
            {
                guest.hlt();
            }

            SmpMachine.Count(guest);
        });
        using VcpuGroup group = VcpuGroups.Started(machine.Loops);
        VcpuGroups.Await(() => group.Threads[1].State == VcpuThreadState.Ended, "it does not halt");

        using VcpuPause pause = group.Pause();

        Assert.Equal(
            [VcpuThreadState.Parked, VcpuThreadState.Ended, VcpuThreadState.Parked],
            group.Threads.Select(thread => thread.State));
        Assert.Equal(0x1001ul, machine.Loops[1].Vcpu.GetRegisters().rip);
    }

    [SkippableFact]
    public void Pause_whileAVcpuIsInADevice_waitsForTheDevice()
    {
        using CountdownEvent inDevice = new(2);
        using ManualResetEventSlim goOn = new();
        bool left = false;
        using SmpMachine machine = new(2, (guest, number) =>
        {
            guest.@in(al, 0x40);
            SmpMachine.Spin(guest);
        });
        machine.Pio.Register("slow", 0x40, 1, new CallbackDevice(() =>
        {
            inDevice.Signal();
            goOn.Wait();
            Volatile.Write(ref left, true);
        }));
        using VcpuGroup group = VcpuGroups.Started(machine.Loops);
        inDevice.Wait();

        VcpuPause request = group.RequestPause();
        using CancellationTokenSource source = new(0);
        Assert.Throws<OperationCanceledException>(() => group.Pause(source.Token));
        goOn.Set();
        request.Wait();

        Assert.True(left);
        Assert.All(machine.Loops, loop => Assert.Equal(0x1002ul, loop.Vcpu.GetRegisters().rip));
        request.Dispose();
    }

    [SkippableFact]
    public void Pause_fromADevice_isRefusedAndRequestPauseIsNot()
    {
        Exception? refused = null, waited = null;
        VcpuPause? pause = null;
        using ManualResetEventSlim requested = new();
        using SmpMachine machine = new(2, (guest, number) =>
        {
            if (number == 0)
            {
                guest.@in(al, 0x40);
            }

            SmpMachine.Count(guest);
        });
        using VcpuGroup group = new(machine.Loops);
        machine.Pio.Register("pausing", 0x40, 1, new CallbackDevice(() =>
        {
            refused = Record.Exception(() => group.Pause());
            waited = Record.Exception(() => group.Wait());
            pause = group.RequestPause();
            requested.Set();
        }));
        group.Start();
        requested.Wait();

        pause!.Wait();

        Assert.Equal(
            "Pause was called from a device or a handler of exits of vCPU 0, whose run would wait for itself; "
            + "use RequestPause there, or call it on another thread",
            Assert.IsType<InvalidOperationException>(refused).Message);
        Assert.Equal(
            "Wait was called on the thread of vCPU 0, which would wait for itself; call it on another thread",
            Assert.IsType<InvalidOperationException>(waited).Message);
        Assert.Equal(0x1002ul, machine.Loops[0].Vcpu.GetRegisters().rip);
        Assert.Equal(0u, machine.Counter(0));
        pause.Dispose();
        machine.AwaitProgress(0);
    }

    [SkippableFact]
    public void Pause_fromStopHandlersOfAllAtOnce_goesOn()
    {
        using Barrier all = new(3);
        int seen = 0;
        using SmpMachine machine = new(3, (guest, number) => guest.hlt());
        using VcpuGroup group = new(machine.Loops);
        group.StopHandler = (thread, stop) =>
        {
            all.SignalAndWait();
            using VcpuPause pause = group.Pause();
            Interlocked.Increment(ref seen);
            return VcpuStopDecision.EndThis;
        };
        group.Start();

        Assert.Equal(new VcpuStop.Halted(), group.Wait().Stop);
        Assert.Equal(3, seen);
    }

    [SkippableFact]
    public void Stop_whilePaused_endsWithoutRunning()
    {
        using SmpMachine machine = Counting(2);
        using VcpuGroup group = VcpuGroups.Started(machine.Loops);
        using VcpuPause pause = group.Pause();
        uint[] counted = Counters(machine);

        group.Stop();

        Assert.Equal(new VcpuStop.Requested(), group.Wait().Stop);
        Assert.Equal(counted, Counters(machine));
        using VcpuPause after = group.Pause();
    }

    [SkippableFact]
    public void Pauses_fromManyThreads_allComeBackAndLoseNothing()
    {
        using SmpMachine machine = Counting(3);
        using VcpuGroup group = VcpuGroups.Started(machine.Loops);

        Parallel.For(0, 4, _ =>
        {
            for (int i = 0; i < 100; i++)
            {
                using VcpuPause pause = group.Pause();
                Assert.All(machine.Loops, loop => loop.Vcpu.GetRegisters());
            }
        });

        machine.AwaitProgress(2);
    }

    private static SmpMachine Counting(int count) => new(count, (guest, number) => SmpMachine.Count(guest));

    private static uint[] Counters(SmpMachine machine) =>
        [.. Enumerable.Range(0, machine.Loops.Length).Select(machine.Counter)];

    private static kvm_regs[] Registers(SmpMachine machine) =>
        [.. machine.Loops.Select(loop => loop.Vcpu.GetRegisters())];
}
