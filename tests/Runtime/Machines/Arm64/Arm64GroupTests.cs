using KvmInterop.Native;
using KvmInterop.Tests.Runtime.Threads;

namespace KvmInterop.Tests.Runtime.Machines.Arm64;

/// <summary>Two arm64 vCPUs on threads of their own; the first starts the second, by PSCI.</summary>
public class Arm64GroupTests
{
    // Arm's Power State Coordination Interface (DEN0022, 5.1.3, 5.1.4 and 5.2.2).
    private const uint PsciCpuOff = 0x84000002;
    private const uint PsciCpuOn64 = 0xc4000003;
    private const int AlreadyOn = -4;

    private const ulong Secondary = Arm64Machine.Entry + 0x1000;
    private const ulong Flag = Arm64Machine.Buffer;
    private const ulong Context = 0x1234_5678;

    // Two registers of the recorder: results of calls, and the context that the second one was given.
    private const int ResultRegister = 0;
    private const int ContextRegister = 8;

    [SkippableFact]
    public void MpState_ofVcpus_isWhatTheyWereInitializedTo()
    {
        using Arm64Machine machine = new(guest => guest.Call(Arm64Machine.PsciSystemOff));
        using Vcpu second = CreateSecond(machine);

        Assert.Equal(KvmMpState.KVM_MP_STATE_RUNNABLE, machine.Vcpu.GetMpState());
        Assert.Equal(KvmMpState.KVM_MP_STATE_STOPPED, second.GetMpState());

        second.SetMpState(KvmMpState.KVM_MP_STATE_RUNNABLE);
        Assert.Equal(KvmMpState.KVM_MP_STATE_RUNNABLE, second.GetMpState());
        KvmException e = Assert.Throws<KvmException>(
            () => second.SetMpState(KvmMpState.KVM_MP_STATE_INIT_RECEIVED));
        Assert.Equal(("KVM_SET_MP_STATE", "EINVAL"), (e.Operation, e.ErrnoName));
    }

    [SkippableFact]
    public async Task Guest_thatCallsCpuOn_startsTheSecondVcpuAndEndsTheGroup()
    {
        using Arm64Machine machine = new(guest =>
        {
            // On, on again, which is refused, then wait for the second to be there, and off.
            guest.Move(19, Arm64Machine.MmioAddress);
            CallCpuOn(guest);
            guest.Store(4, 0, 19, ResultRegister);
            CallCpuOn(guest);
            guest.Store(4, 0, 19, ResultRegister);
            guest.Move(20, Flag);
            int again = guest.Here;
            guest.Load(4, 21, 20);
            guest.BranchIfZero(21, again);
            guest.Call(Arm64Machine.PsciSystemOff);
        });
        machine.WriteCode(Secondary, guest =>
        {
            guest.Move(19, Arm64Machine.MmioAddress);
            guest.Store(8, 0, 19, ContextRegister);
            guest.Move(20, Flag);
            guest.Move(21, 1);
            guest.Store(4, 21, 20);
            guest.Branch(guest.Here);
        });
        using Vcpu second = CreateSecond(machine);
        RunLoop secondLoop = new(second, machine.Loop.Pio, machine.Loop.Mmio);
        using VcpuGroup group = VcpuGroups.Started(machine.Loop, secondLoop);

        VcpuGroupResult result = await group.Completion.WaitAsync(VcpuGroups.Patience);

        Assert.Same(group.Threads[0], result.Thread);
        Assert.True(Assert.IsType<VcpuStop.SystemEvent>(result.Stop).IsShutdown);

        // KVM switches all vCPUs off before it says so; what they were doing is still there.
        Assert.Equal(KvmMpState.KVM_MP_STATE_STOPPED, second.GetMpState());
        Assert.Equal(Context, second.GetRegister<ulong>(Arm64Machine.X(0)));
        Assert.Equal(
            [
                $"w {ResultRegister:x} 00000000",
                $"w {ResultRegister:x} {Convert.ToHexStringLower(BitConverter.GetBytes(AlreadyOn))}",
                $"w {ContextRegister:x} {Convert.ToHexStringLower(BitConverter.GetBytes(Context))}",
            ],
            machine.Device.Log.OrderBy(line => line.StartsWith($"w {ContextRegister:x}", StringComparison.Ordinal)));
    }

    [SkippableFact]
    public void Vcpu_thatCallsCpuOff_waitsInTheKernelAndCanBePaused()
    {
        using Arm64Machine machine = new(guest => guest.Branch(guest.Here));
        machine.WriteCode(Secondary, guest => guest.Call(PsciCpuOff));
        using Vcpu second = CreateSecond(machine);
        second.SetRegister(Arm64Machine.Pc, Secondary);
        second.SetMpState(KvmMpState.KVM_MP_STATE_RUNNABLE);
        using VcpuGroup group = VcpuGroups.Started(machine.Loop, new RunLoop(second));

        VcpuGroups.Await(
            () =>
            {
                using VcpuPause pause = group.Pause();
                return second.GetMpState() == KvmMpState.KVM_MP_STATE_STOPPED;
            },
            "the second vCPU goes on");

        Assert.Equal(VcpuThreadState.Running, group.Threads[1].State);
        group.Stop();
        Assert.Equal(new VcpuStop.Requested(), group.Wait().Stop);
    }

    private static Vcpu CreateSecond(Arm64Machine machine)
    {
        Vcpu second = machine.Vm.CreateVcpu(1);
        second.Initialize(KvmApi.KVM_ARM_VCPU_PSCI_0_2, KvmApi.KVM_ARM_VCPU_POWER_OFF);
        return second;
    }

    // The processor by its affinity, which KVM makes of the vCPU's number; where it begins, and what is in x0.
    private static void CallCpuOn(A64 guest)
    {
        guest.Move(1, 1);
        guest.Move(2, Secondary);
        guest.Move(3, Context);
        guest.Call(PsciCpuOn64);
    }
}
