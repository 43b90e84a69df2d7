using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Machines;

/// <summary>What an exit costs in managed memory: nothing.</summary>
/// <remarks>
/// Alone: a collection that another test causes changes this thread's count by the end of its piece of the
/// heap, which is closed then.
/// </remarks>
[Collection(Alone.Name)]
public class AllocationTests
{
    [SkippableFact]
    public void Run_hundredThousandExits_allocatesNothingPerExit()
    {
        const long Exits = 100_000;
        MeasuringDevice device = new();
        using GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            Iced.Intel.Label again = guest.CreateLabel();
            guest.Label(ref again);
            guest.@out(0x40, al);
            guest.@in(ax, 0x42);
            guest.mov(__byte_ptr[0], al);
            guest.jmp(again);
        }, dataSegment: 0x3000);
        machine.Loop.Pio.Register("measuring", 0x40, 4, device);
        machine.Loop.Mmio.Register("measuring", 0x30000, 0x1000, device);
        device.Enough = () => machine.Loop.Stop();
        device.Last = Exits;

        machine.Loop.Run();

        Assert.True(device.Seen >= Exits);
        Assert.Equal(0, device.AllocatedAtLast - device.AllocatedAtFirst);
    }

    [SkippableFact]
    public void Statistics_refreshedManyTimes_allocateNothing()
    {
        Requires.Kvm();
        using Kvm kvm = Kvm.Open();
        using Vm vm = kvm.CreateVm();
        using KvmStatistics statistics = vm.OpenStatistics();
        statistics.Refresh();

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            statistics.Refresh();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
