using Iced.Intel;
using KvmInterop.Tests.Runtime.Machines;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Threads;

/// <summary>Whether x86 vCPUs run, halt or wait to be started.</summary>
public class VcpuMpStateTests
{
    // The local APIC's registers in memory (Intel SDM volume 3, 12.4.1), and what is written to them to start
    // another processor (12.6.1 and 10.4.4): INIT, then a SIPI with the number of its first page.
    private const uint SpuriousVector = 0xfee000f0;
    private const uint CommandHigh = 0xfee00310;
    private const uint CommandLow = 0xfee00300;
    private const uint SoftwareEnabled = 0x1ff;
    private const uint Init = 0x4500;
    private const uint Startup = 0x4600;
    private const int StartPage = 5;

    [SkippableFact]
    public void MpState_withAController_isThatOfAFirstAndASecondProcessor()
    {
        using SmpMachine machine = WithController((guest, number) => guest.hlt());

        Assert.Equal(KvmMpState.KVM_MP_STATE_RUNNABLE, machine.Loops[0].Vcpu.GetMpState());
        Assert.Equal(KvmMpState.KVM_MP_STATE_UNINITIALIZED, machine.Loops[1].Vcpu.GetMpState());
    }

    [SkippableFact]
    public void MpState_withoutAController_isRunnableForAll()
    {
        using SmpMachine machine = new(2, (guest, number) => guest.hlt());

        Assert.All(machine.Loops, loop => Assert.Equal(
            KvmMpState.KVM_MP_STATE_RUNNABLE, loop.Vcpu.GetMpState()));
        KvmException e = Assert.Throws<KvmException>(
            () => machine.Loops[1].Vcpu.SetMpState(KvmMpState.KVM_MP_STATE_UNINITIALIZED));
        Assert.Equal(("KVM_SET_MP_STATE", "EINVAL"), (e.Operation, e.ErrnoName));
        Assert.StartsWith(
            "KVM_SET_MP_STATE (vCPU 1, KVM_MP_STATE_UNINITIALIZED) failed", e.Message,
            StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(KvmMpState.KVM_MP_STATE_RUNNABLE)]
    [InlineData(KvmMpState.KVM_MP_STATE_UNINITIALIZED)]
    [InlineData(KvmMpState.KVM_MP_STATE_INIT_RECEIVED)]
    [InlineData(KvmMpState.KVM_MP_STATE_HALTED)]
    public void SetMpState_ofASecondProcessor_isReadBack(KvmMpState state)
    {
        using SmpMachine machine = WithController((guest, number) => guest.hlt());

        machine.Loops[1].Vcpu.SetMpState(state);

        Assert.Equal(state, machine.Loops[1].Vcpu.GetMpState());
    }

    [SkippableTheory]
    [InlineData(KvmMpState.KVM_MP_STATE_STOPPED)]
    [InlineData((KvmMpState)99)]
    public void SetMpState_thatX86HasNot_isRefused(KvmMpState state)
    {
        using SmpMachine machine = WithController((guest, number) => guest.hlt());

        KvmException e = Assert.Throws<KvmException>(() => machine.Loops[1].Vcpu.SetMpState(state));

        Assert.Equal(("KVM_SET_MP_STATE", "EINVAL"), (e.Operation, e.ErrnoName));
        Assert.Equal(KvmMpState.KVM_MP_STATE_UNINITIALIZED, machine.Loops[1].Vcpu.GetMpState());
    }

    [SkippableFact]
    public void MpState_ofAVcpuThatRunsElsewhere_isRefusedInsteadOfWaiting()
    {
        using SmpMachine machine = WithController((guest, number) => SmpMachine.Count(guest));
        using VcpuGroup group = VcpuGroups.Started(machine.Loops);
        machine.AwaitProgress(0);

        Assert.Throws<InvalidOperationException>(() => machine.Loops[0].Vcpu.GetMpState());
        Assert.Throws<InvalidOperationException>(
            () => machine.Loops[0].Vcpu.SetMpState(KvmMpState.KVM_MP_STATE_RUNNABLE));
    }

    [SkippableFact]
    public void Halt_withAController_isTheStateUntilItIsSetRunnable()
    {
        using SmpMachine machine = WithController((guest, number) =>
        {
            guest.@out(0x10, al);
            guest.hlt();
            guest.mov(al, 1);
            guest.@out(0x10, al);
            guest.hlt();
        });
        Vcpu vcpu = machine.Loops[0].Vcpu;
        using VcpuGroup group = VcpuGroups.Started(machine.Loops);

        AwaitHalt(group, 0);
        AwaitLog(machine, "w 0 00");
        using (group.Pause())
        {
            Assert.Equal(KvmMpState.KVM_MP_STATE_HALTED, vcpu.GetMpState());
            vcpu.SetMpState(KvmMpState.KVM_MP_STATE_RUNNABLE);
        }

        AwaitLog(machine, "w 0 00", "w 0 01");
    }

    [SkippableFact]
    public void SetMpState_runnable_startsASecondProcessorWithoutASignal()
    {
        using SmpMachine machine = WithController((guest, number) =>
        {
            guest.mov(al, (byte)number);
            guest.@out(0x10, al);
            guest.hlt();
        });
        machine.Loops[1].Vcpu.SetMpState(KvmMpState.KVM_MP_STATE_RUNNABLE);

        using VcpuGroup group = VcpuGroups.Started(machine.Loops[1]);

        AwaitLog(machine, "w 0 01");
    }

    [SkippableFact]
    public void Guest_thatSendsInitAndStartup_startsTheSecondProcessorAtItsPage()
    {
        using SmpMachine machine = WithController((guest, number) =>
        {
            // The first processor's: the local APIC sends nothing before it is switched on.
            Write(guest, SpuriousVector, SoftwareEnabled);
            Write(guest, CommandHigh, 1 << 24);
            Write(guest, CommandLow, Init);
            Write(guest, CommandLow, Startup | StartPage);
            SmpMachine.Spin(guest);
        });
        machine.Vm.Memory.Write(StartPage << 12, GuestMachine.Assemble(16, 0, guest =>
        {
            guest.mov(al, 0x77);
            guest.@out(0x10, al);
            SmpMachine.Spin(guest);
        }));
        using VcpuGroup group = VcpuGroups.Started(machine.Loops);

        AwaitLog(machine, "w 0 77");

        using VcpuPause pause = group.Pause();
        Assert.Equal(KvmMpState.KVM_MP_STATE_RUNNABLE, machine.Loops[1].Vcpu.GetMpState());
        Assert.Equal((ulong)StartPage << 12, machine.Loops[1].Vcpu.GetSpecialRegisters().cs.@base);
        Assert.Equal(StartPage << 8, machine.Loops[1].Vcpu.GetSpecialRegisters().cs.selector);

        static void Write(Assembler guest, uint register, uint value)
        {
            guest.mov(edx, register);
            guest.mov(__dword_ptr.es[edx], value);
        }
    }

    private static SmpMachine WithController(Action<Assembler, int> program) =>
        new(2, program, vm => vm.CreateIrqChip());

    // A halt is in the kernel, so that it can only be seen by calling the vCPU out.
    private static void AwaitHalt(VcpuGroup group, int number) => VcpuGroups.Await(
        () =>
        {
            using VcpuPause pause = group.Pause();
            return group.Threads[number].Vcpu.GetMpState() == KvmMpState.KVM_MP_STATE_HALTED;
        },
        $"vCPU {number} does not halt");

    private static void AwaitLog(SmpMachine machine, params string[] lines)
    {
        VcpuGroups.Await(() => machine.Device.Log.Count >= lines.Length, "the guest does not get that far");
        Assert.Equal(lines, machine.Device.Log);
    }
}
