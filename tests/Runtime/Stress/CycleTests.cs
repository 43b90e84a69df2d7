using KvmInterop.Native;
using KvmInterop.Tests.Runtime.Machines;
using KvmInterop.Tests.Runtime.Threads;

namespace KvmInterop.Tests.Runtime.Stress;

/// <summary>
/// VMs made, run and ended a thousand times, and a thousand times not quite: no file, mapping or thread stays.
/// </summary>
[Collection(Alone.Name)]
public class CycleTests
{
    // What is made once and for all (code, tables, threads of .NET's own) is there after these.
    private const int WarmUp = 20;
    private const int Cycles = 1_000;

    /// <summary>Where a cycle can fail, and what comes out there.</summary>
    public static TheoryData<FailurePoint> FailurePoints => [.. Enum.GetValues<FailurePoint>()];

    [SkippableFact]
    public void Cycles_ofCreateRunDestroy_leaveNothing()
    {
        Requires.Kvm();
        Requires.Architecture(System.Runtime.InteropServices.Architecture.X64);
        Repeat(WarmUp, VmCycle.RunToTheEnd);
        Footprint footprint = Footprint.Now();
        ProcessCounts before = ProcessCounts.Now();

        Repeat(Cycles, VmCycle.RunToTheEnd);

        ProcessCounts.AssertNoMore(before, Cycles, "to the end");
        Assert.Equal((0, 0, 0), footprint.More);
    }

    [SkippableTheory]
    [MemberData(nameof(FailurePoints))]
    public void Cycles_thatFailHalfWay_leaveNothing(FailurePoint point)
    {
        Requires.Kvm();
        Requires.Architecture(System.Runtime.InteropServices.Architecture.X64);
        int cycles = Cycles / FailurePoints.Count + 1;
        Repeat(WarmUp, Fail);
        Footprint footprint = Footprint.Now();
        ProcessCounts before = ProcessCounts.Now();

        Repeat(cycles, Fail);

        // Objects that nobody disposed go with their finalizers.
        footprint.Collect();
        ProcessCounts.AssertNoMore(before, cycles, $"that fail at {point}");
        Assert.Equal((0, 0, 0), footprint.More);

        void Fail() => VmCycle.FailAt(point);
    }

    private static void Repeat(int times, Action cycle)
    {
        for (int i = 0; i < times; i++)
        {
            cycle();
        }
    }
}
