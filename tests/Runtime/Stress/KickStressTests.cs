using KvmInterop.Native;
using KvmInterop.Tests.Runtime.Machines;
using KvmInterop.Tests.Runtime.Threads;

namespace KvmInterop.Tests.Runtime.Stress;

/// <summary>
/// Four vCPUs that do port I/O, memory-mapped I/O and halts, kicked all the time at random moments: no kick
/// is lost, and no access is dropped or made twice, because the guests count them and so do the devices.
/// </summary>
[Collection(Alone.Name)]
public class KickStressTests
{
    private const int Vcpus = 4;

    // An emulated processor takes a hundred times as long for each.
    private static readonly int Part = Requires.IsEmulatedMachine ? 25 : 1;

    [SkippableFact]
    public void Kicks_whileHaltsWaitInTheKernel_loseNoKickAndNoExit()
    {
        using SmpMachine machine = new(
            Vcpus, (guest, number) => AccountingGuest.Program(guest, number, interrupts: true),
            vm => vm.CreateIrqChip());
        for (int number = 0; number < Vcpus; number++)
        {
            SetUpTimer(machine, number);
        }

        KickedVcpu[] vcpus = Run(machine, kicksOfEach: 25_000 / Part);

        Assert.All(vcpus, vcpu =>
        {
            Assert.NotEqual(0u, vcpu.Check().Ticks);
            Assert.Equal(0, vcpu.Loop.Vcpu.Exits[KvmExitReason.KVM_EXIT_HLT]);
        });
    }

    [SkippableFact]
    public void Kicks_whileHaltsAreExits_loseNoKickAndNoExit()
    {
        using SmpMachine machine = new(
            Vcpus, (guest, number) => AccountingGuest.Program(guest, number, interrupts: false));
        foreach (RunLoop loop in machine.Loops)
        {
            loop.On(KvmExitReason.KVM_EXIT_HLT, (scoped in VcpuExit exit) => ExitAction.Continue);
        }

        KickedVcpu[] vcpus = Run(machine, kicksOfEach: 5_000 / Part);

        Assert.All(vcpus, vcpu => Assert.Equal(
            vcpu.Check().Halts, vcpu.Loop.Vcpu.Exits[KvmExitReason.KVM_EXIT_HLT]));
    }

    private static KickedVcpu[] Run(SmpMachine machine, int kicksOfEach)
    {
        KickedVcpu[] vcpus = [.. machine.Loops.Select((_, number) => new KickedVcpu(machine, number))];
        machine.Pio.Register("end", AccountingGuest.EndPort, 1, new CallbackDevice(
            () => VcpuThread.Current!.Loop.Stop()));
        using VcpuGroup group = VcpuGroups.Started(machine.Loops);

        foreach (Thread thread in vcpus.Select(vcpu => vcpu.StartKicking(kicksOfEach)).ToArray())
        {
            thread.Join();
        }

        Array.ForEach(vcpus, vcpu => vcpu.End());
        Assert.Equal(new VcpuStop.Requested(), group.EndAsync().GetAwaiter().GetResult());
        return vcpus;
    }

    // What the guest cannot do for itself: a local APIC has a periodic timer only with CPUID, and all but
    // the first vCPU wait for INIT and SIPI.
    private static void SetUpTimer(SmpMachine machine, int number)
    {
        Vcpu vcpu = machine.Loops[number].Vcpu;
        vcpu.SetCpuid(CpuidTable.From(machine.Kvm.GetSupportedCpuid()).WithApicId((uint)number));
        vcpu.SetMpState(KvmMpState.KVM_MP_STATE_RUNNABLE);
        machine.Vm.Memory.Write(
            SmpMachine.Address(number, AccountingGuest.Handler),
            GuestMachine.Assemble(16, AccountingGuest.Handler, AccountingGuest.HandleTimer));

        // A vector of real mode: offset and segment of its handler.
        ulong segment = SmpMachine.Address(number, 0) >> 4;
        machine.Vm.Memory.Write(
            SmpMachine.Address(number, AccountingGuest.TimerVector * 4),
            (uint)(AccountingGuest.Handler | segment << 16));
    }
}
