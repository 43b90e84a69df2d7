using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Machines;

/// <summary>What an exit costs in managed memory: nothing.</summary>
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
}
