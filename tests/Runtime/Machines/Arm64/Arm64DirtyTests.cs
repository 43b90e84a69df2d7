namespace KvmInterop.Tests.Runtime.Machines.Arm64;

/// <summary>Dirty pages of arm64 guests on a real arm64 kernel.</summary>
public class Arm64DirtyTests
{
    // Whole pages on every machine, and none of the program's.
    private const ulong Ram = 0x100_0000;
    private const ulong Step = 0x20000;

    [SkippableTheory]
    [InlineData(DirtyTrackingMethod.Log)]
    [InlineData(DirtyTrackingMethod.ManualProtect)]
    public void Harvest_afterGuestWrites_hasExactlyThesePages(DirtyTrackingMethod method)
    {
        using Arm64Machine machine = new(guest =>
        {
            guest.Move(5, 1);
            foreach (ulong step in (ulong[])[0, 2, 3])
            {
                guest.Move(4, Ram + (step * Step));
                guest.Store(8, 5, 4);
            }

            guest.Move(4, Ram + (4 * Step));
            guest.Load(8, 5, 4);
            guest.Call(Arm64Machine.PsciSystemOff);
        });
        machine.Vm.AddMemory(Ram, 16 * Step);
        using DirtyTracker tracker = machine.Vm.TrackDirtyPages(method);

        Assert.IsType<VcpuStop.SystemEvent>(machine.Loop.Run());

        ulong page = (ulong)Environment.SystemPageSize;
        Assert.Equal(
            [new(Ram, page), new(Ram + (2 * Step), page), new(Ram + (3 * Step), page)],
            tracker.Harvest().ToArray());
        Assert.Empty(tracker.Harvest().ToArray());
    }
}
