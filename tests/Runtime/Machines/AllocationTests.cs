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

    /// <summary>
    /// Looks at the thread's allocations after its first thousand accesses and at its last.
    /// </summary>
    private sealed class MeasuringDevice : IBusDevice
    {
        private const int WarmUp = 1_000;

        public long Last { get; set; }

        public Action Enough { get; set; } = () => { };

        public long Seen { get; private set; }

        public long AllocatedAtFirst { get; private set; }

        public long AllocatedAtLast { get; private set; }

        public void Read(ulong offset, Span<byte> data)
        {
            data.Clear();
            Count();
        }

        public void Write(ulong offset, ReadOnlySpan<byte> data) => Count();

        private void Count()
        {
            Seen++;
            if (Seen == WarmUp)
            {
                AllocatedAtFirst = GC.GetAllocatedBytesForCurrentThread();
            }
            else if (Seen == Last + WarmUp)
            {
                AllocatedAtLast = GC.GetAllocatedBytesForCurrentThread();
                Enough();
            }
        }
    }
}
