using KvmInterop.Native;
using KvmInterop.Tests.Runtime.Machines;
using KvmInterop.Tests.Runtime.Threads;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Diagnostics;

/// <summary>The kernel's statistics of a real VM and vCPU.</summary>
public sealed class StatisticsTests
{
    [SkippableFact]
    public void Vcpu_afterPortAccesses_hasCountedThem()
    {
        using GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            for (int i = 0; i < 5; i++)
            {
                guest.@out(0x10, al);
            }

            guest.hlt();
        });
        using KvmStatistics statistics = machine.Vcpu.OpenStatistics();
        KvmStatistic exits = statistics.Find("exits")!; // Also those that end in the kernel.

        Assert.Equal(0UL, exits.Value);
        Assert.IsType<VcpuStop.Halted>(machine.Loop.Run());
        Assert.Equal(0UL, exits.Value); // Nothing changes before the refresh.
        statistics.Refresh();

        Assert.True(exits.Value >= 6, exits.ToString());
        Assert.Equal(5, machine.Vcpu.Exits[KvmExitReason.KVM_EXIT_IO]);
        Assert.Equal(1, machine.Vcpu.Exits[KvmExitReason.KVM_EXIT_HLT]);
        Assert.Equal(6, machine.Vcpu.Exits.Total);
        Assert.EndsWith("/vcpu-0", statistics.Id, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Descriptors_ofVcpu_haveTypesUnitsAndHistograms()
    {
        Requires.Kvm();
        using Kvm kvm = Kvm.Open();
        using Vm vm = kvm.CreateVm();
        using Vcpu vcpu = vm.CreateVcpu();
        using KvmStatistics statistics = vcpu.OpenStatistics();

        // Those that virt/kvm has on every architecture.
        KvmStatistic wait = statistics.Find("halt_wait_ns")!;
        Assert.Equal(
            (KvmStatisticType.Cumulative, KvmStatisticUnit.Seconds, 10, -9, 1),
            (wait.Type, wait.Unit, wait.Base, wait.Exponent, wait.Count));
        KvmStatistic histogram = statistics.Find("halt_wait_hist")!;
        Assert.Equal(KvmStatisticType.LogarithmicHistogram, histogram.Type);
        Assert.True(histogram.IsHistogram);
        Assert.Equal(histogram.Count, histogram.Values.Length);
        Assert.Equal([0UL, 1, 2, 4], Enumerable.Range(0, 4).Select(histogram.BucketStart));
        Assert.Equal(KvmStatisticUnit.Boolean, statistics.Find("blocking")!.Unit);
        Assert.Null(statistics.Find("nothing"));
    }

    [SkippableFact]
    public void Vm_statistics_haveTheVmsId()
    {
        Requires.Kvm();
        using Kvm kvm = Kvm.Open();
        using Vm vm = kvm.CreateVm();
        using KvmStatistics statistics = vm.OpenStatistics();

        Assert.StartsWith("kvm-", statistics.Id, StringComparison.Ordinal);
        Assert.NotNull(statistics.Find("remote_tlb_flush"));
    }

    [SkippableFact]
    public void Statistics_ofDisposedVm_canStillBeRead()
    {
        Requires.Kvm();
        using Kvm kvm = Kvm.Open();
        Vm vm = kvm.CreateVm();
        Vcpu vcpu = vm.CreateVcpu();
        using KvmStatistics ofVm = vm.OpenStatistics();
        using KvmStatistics ofVcpu = vcpu.OpenStatistics();

        vcpu.Dispose();
        vm.Dispose();
        ofVm.Refresh();
        ofVcpu.Refresh();

        ofVcpu.Dispose();
        Assert.Throws<ObjectDisposedException>(ofVcpu.Refresh);
    }

    [SkippableFact]
    public void Open_whileVcpuRunsElsewhere_isRefusedAndNotWaitedFor()
    {
        using GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            Iced.Intel.Label again = guest.CreateLabel();
            guest.Label(ref again);
            guest.@out(0x10, al);
            guest.jmp(again);
        });
        using VcpuGroup group = VcpuGroups.Started(machine.Loop);
        SpinWait.SpinUntil(() => machine.Vcpu.Exits.Total > 0);

        Assert.True(machine.Vcpu.IsRunning);
        Assert.Throws<InvalidOperationException>(machine.Vcpu.OpenStatistics);
        machine.Loop.Stop();
        group.Wait();
        Assert.False(machine.Vcpu.IsRunning);
    }
}
