using KvmInterop.Native;
using KvmInterop.Native.Arm64;

namespace KvmInterop.Tests.Runtime.Machines.Arm64;

/// <summary>State at and after exits of arm64 guests, on a real arm64 kernel.</summary>
public class Arm64StateTests
{
    private const ulong InstructionLength = 4;

    [SkippableFact]
    public void Registers_afterAMmioRead_areThoseBehindIt()
    {
        using Arm64Machine machine = new(guest =>
        {
            guest.Load(4, 5, 4);
            guest.Call(Arm64Machine.PsciSystemOff);
        });
        machine.Vcpu.SetRegister(Arm64Machine.X(4), Arm64Machine.MmioAddress);
        using VcpuRunScope scope = machine.Vcpu.BeginRun();
        scope.Run().MmioData.Fill(0x5a);

        Assert.Equal(
            Arm64Machine.Entry + InstructionLength, machine.Vcpu.GetRegister<ulong>(Arm64Machine.Pc));
        Assert.Equal(0x5a5a5a5aul, machine.Vcpu.GetRegister<ulong>(Arm64Machine.X(5)));
        Assert.Equal(KvmExitReason.KVM_EXIT_SYSTEM_EVENT, scope.Run().Reason);
    }

    [SkippableFact]
    public void Registers_afterAMmioWrite_areThoseBehindIt()
    {
        using Arm64Machine machine = new(guest =>
        {
            guest.Store(4, 5, 4);
            guest.Call(Arm64Machine.PsciSystemOff);
        });
        machine.Vcpu.SetRegister(Arm64Machine.X(4), Arm64Machine.MmioAddress);
        List<ulong> seen = [];
        machine.Loop.On(KvmExitReason.KVM_EXIT_MMIO, (scoped in VcpuExit _) =>
        {
            seen.Add(machine.Vcpu.GetRegister<ulong>(Arm64Machine.Pc));
            return ExitAction.Default;
        });

        Assert.IsType<VcpuStop.SystemEvent>(machine.Loop.Run());

        Assert.Equal([Arm64Machine.Entry + InstructionLength], seen);
        Assert.Equal(["w 0 00000000"], machine.Device.Log);
    }

    [SkippableFact]
    public void Access_withoutASyndrome_canBeCarriedOutByAHandler()
    {
        using Arm64Machine machine = new(guest =>
        {
            guest.LoadPair(4);
            guest.Call(Arm64Machine.PsciSystemOff);
        });
        kvm_enable_cap capability = new() { cap = (uint)KvmCapability.KVM_CAP_ARM_NISV_TO_USER };
        KvmException.ThrowIfError(machine.Vm.Fd.EnableCap(in capability), "KVM_ENABLE_CAP", KvmFdKind.Vm);
        machine.Vcpu.SetRegister(Arm64Machine.X(4), Arm64Machine.MmioAddress);
        ulong address = 0;
        machine.Loop.On(KvmExitReason.KVM_EXIT_ARM_NISV, (scoped in VcpuExit exit) =>
        {
            // KVM has not stepped over it, and its registers are open to the handler.
            address = exit.ArmNisv.fault_ipa;
            machine.Vcpu.SetRegister(
                Arm64Machine.Pc, machine.Vcpu.GetRegister<ulong>(Arm64Machine.Pc) + InstructionLength);
            return ExitAction.Continue;
        });

        Assert.IsType<VcpuStop.SystemEvent>(machine.Loop.Run());

        Assert.Equal(Arm64Machine.MmioAddress, address);
    }

    [SkippableFact]
    public void SingleStep_oneInstruction_isADebugStop()
    {
        using Arm64Machine machine = new(guest =>
        {
            guest.Move(4, 1);
            guest.Call(Arm64Machine.PsciSystemOff);
        });
        machine.Vcpu.SetDebug(GuestDebug.Off with { SingleStep = true });

        VcpuStop.Debug stop = Assert.IsType<VcpuStop.Debug>(machine.Loop.Run());

        Assert.Equal(DebugEventKind.Step, stop.Event.Kind);
        Assert.Equal(
            Arm64Machine.Entry + InstructionLength, machine.Vcpu.GetRegister<ulong>(Arm64Machine.Pc));
    }
}
