using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Threads;

/// <summary>Disposal at any moment, from any thread.</summary>
public class VcpuDisposalTests
{
    [SkippableFact]
    public void Group_disposedWhileItRuns_hasNoThreadLeft()
    {
        using SmpMachine machine = Spinning(4);
        VcpuGroup group = VcpuGroups.Started(machine.Loops);

        Parallel.For(0, 4, _ => group.Dispose());

        Assert.All(group.Threads, thread => Assert.Equal(VcpuThreadState.Ended, thread.State));
        Assert.Equal(new VcpuStop.Requested(), group.Wait().Stop);
        Assert.Throws<ObjectDisposedException>(() => group.Start());
        Assert.Throws<ObjectDisposedException>(() => group.Pause());
        Assert.Throws<ObjectDisposedException>(() => group.Add(machine.Loops[0]));
    }

    [SkippableFact]
    public void Group_disposedBeforeItsStart_hasEnded()
    {
        using SmpMachine machine = Spinning(2);
        VcpuGroup group = new(machine.Loops);

        group.Dispose();

        Assert.Equal(new VcpuStop.Requested(), group.Wait().Stop);
        Assert.Throws<ObjectDisposedException>(() => group.Start());
    }

    [SkippableFact]
    public void Group_disposedWhileItStarts_ends()
    {
        for (int i = 0; i < 20; i++)
        {
            using SmpMachine machine = Spinning(3);
            VcpuGroup group = new(machine.Loops);
            using Barrier both = new(2);
            Task disposal = Task.Run(() =>
            {
                both.SignalAndWait();
                group.Dispose();
            });

            both.SignalAndWait();
            Exception? refused = Record.Exception(() => group.Start());

            disposal.GetAwaiter().GetResult();
            Assert.True(refused is null or ObjectDisposedException, $"{refused}");
            Assert.Equal(new VcpuStop.Requested(), group.Wait().Stop);
        }
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Group_disposedOnItsOwnThread_endsWhenThatComesBack(bool inDevice)
    {
        using SmpMachine machine = new(2, (guest, number) =>
        {
            if (number == 0)
            {
                guest.@out(0x40, al);
                guest.hlt();
            }

            SmpMachine.Spin(guest);
        });
        VcpuGroup group = new(machine.Loops);
        machine.Pio.Register("disposing", 0x40, 1, new CallbackDevice(() =>
        {
            if (inDevice)
            {
                group.Dispose();
            }
        }));
        group.StopHandler = (thread, stop) =>
        {
            group.Dispose();
            return VcpuStopDecision.Resume;
        };
        group.Start();

        Assert.Equal(new VcpuStop.Requested(), await group.EndAsync());
    }

    [SkippableFact]
    public void Vcpu_disposedWhileItIsParked_endsItsThread()
    {
        using SmpMachine machine = Spinning(2);
        using VcpuGroup group = VcpuGroups.Started(machine.Loops);
        using (group.Pause())
        {
            machine.Loops[0].Vcpu.Dispose();
        }

        VcpuGroups.Await(() => group.Threads[0].State == VcpuThreadState.Ended, "its thread goes on");
        Assert.Equal(new VcpuStop.Requested(), group.Threads[0].LastStop);
        Assert.Equal(VcpuThreadState.Running, group.Threads[1].State);
    }

    [SkippableFact]
    public void Pause_disposedAfterItsGroup_doesNothing()
    {
        using SmpMachine machine = Spinning(2);
        VcpuGroup group = VcpuGroups.Started(machine.Loops);
        VcpuPause pause = group.Pause();

        group.Dispose();
        pause.Dispose();

        Assert.All(group.Threads, thread => Assert.Equal(VcpuThreadState.Ended, thread.State));
    }

    private static SmpMachine Spinning(int count) => new(count, (guest, number) => SmpMachine.Spin(guest));
}
