using KvmInterop.Native;
using KvmInterop.Tests.Runtime.Threads;

namespace KvmInterop.Tests.Runtime.Machines;

/// <summary>Kicks a running vCPU over and over: the same check for guests of every architecture.</summary>
internal static class KickCheck
{
    /// <summary>Each kick must interrupt the guest, and the numbers that it sends must have no gap.</summary>
    /// <param name="loop">Of a guest that never leaves by itself.</param>
    /// <param name="sequence">The device that the guest counts into.</param>
    /// <param name="guestExits">Whether the guest uses that device at all.</param>
    public static async Task EachArrives(RunLoop loop, SequenceDevice sequence, bool guestExits, int kicks)
    {
        long interruptions = 0;
        loop.On(KvmExitReason.KVM_EXIT_INTR, (scoped in VcpuExit exit) =>
        {
            Interlocked.Increment(ref interruptions);
            return ExitAction.Default;
        });
        using VcpuGroup group = VcpuGroups.Started(loop);

        for (int i = 0; i < kicks; i++)
        {
            long before = Interlocked.Read(ref interruptions);
            loop.Vcpu.Kick();
            Assert.True(
                SpinWait.SpinUntil(() => Interlocked.Read(ref interruptions) > before, VcpuGroups.Patience),
                $"kick {i} was lost");
        }

        loop.Stop();
        Assert.Equal(new VcpuStop.Requested(), await group.EndAsync());
        Assert.Equal(guestExits, sequence.Next > 0);
        Assert.Null(sequence.Problem);
    }
}
