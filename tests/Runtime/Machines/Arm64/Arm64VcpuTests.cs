using KvmInterop.Native;
using KvmInterop.Tests.Runtime.Threads;
using Machine = System.Runtime.InteropServices.Architecture;

namespace KvmInterop.Tests.Runtime.Machines.Arm64;

/// <summary>Set-up, registers, kicks and lifetime of arm64 vCPUs on a real arm64 kernel.</summary>
[Collection(Alone.Name)]
public class Arm64VcpuTests
{
    [SkippableFact]
    public void Vcpu_notInitialized_isRefusedWithTheRemedy()
    {
        Requires.Architecture(Machine.Arm64);
        Requires.Kvm();
        using Kvm kvm = Kvm.Open();
        using Vm vm = kvm.CreateVm();
        using Vcpu vcpu = vm.CreateVcpu();

        KvmException register = Assert.Throws<KvmException>(
            () => vcpu.SetRegister(Arm64Machine.Pc, Arm64Machine.Entry));
        KvmException run = Assert.Throws<KvmException>(() => new RunLoop(vcpu).Run());

        Assert.Equal(("KVM_SET_ONE_REG", "ENOEXEC"), (register.Operation, register.ErrnoName));
        Assert.Equal(("KVM_RUN", "ENOEXEC"), (run.Operation, run.ErrnoName));
        Assert.EndsWith(
            "the vCPU is no processor yet; initialize it first (KVM_ARM_VCPU_INIT)", register.Message,
            StringComparison.Ordinal);
        Assert.Equal(register.Remedy, run.Remedy);
    }

    [SkippableFact]
    public void Register_set_isReadBack()
    {
        using Arm64Machine machine = new(guest => guest.Call(Arm64Machine.PsciSystemOff));

        machine.Vcpu.SetRegister(Arm64Machine.X(30), 0x123456789abcdef0);

        Assert.Equal(0x123456789abcdef0ul, machine.Vcpu.GetRegister<ulong>(Arm64Machine.X(30)));
        Assert.Equal(Arm64Machine.Entry, machine.Vcpu.GetRegister<ulong>(Arm64Machine.Pc));
    }

    [SkippableFact]
    public void RegisterIds_ofAVcpu_haveAllThatCanBeRead()
    {
        using Arm64Machine machine = new(guest => guest.Call(Arm64Machine.PsciSystemOff));

        ulong[] ids = machine.Vcpu.GetRegisterIds();

        Assert.Contains(Arm64Machine.Pc, ids);
        Assert.Contains(Arm64Machine.X(0), ids);
        Assert.Distinct(ids);
        Assert.All(
            ids.Where(id => (id & KvmApi.KVM_REG_SIZE_MASK) == KvmApi.KVM_REG_SIZE_U64),
            id => machine.Vcpu.GetRegister<ulong>(id));
    }

    [SkippableFact]
    public void Register_thatIsNone_isRefusedWithItsId()
    {
        using Arm64Machine machine = new(guest => guest.Call(Arm64Machine.PsciSystemOff));
        ulong beyond = KvmApi.KVM_REG_ARM64 | KvmApi.KVM_REG_SIZE_U64 | KvmApi.KVM_REG_ARM_CORE | 0xffe;

        KvmException e = Assert.Throws<KvmException>(() => machine.Vcpu.GetRegister<ulong>(beyond));

        Assert.Equal("ENOENT", e.ErrnoName);
        Assert.StartsWith($"KVM_GET_ONE_REG (id 0x{beyond:x}) failed", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void RegistersOfX86_onArm64_areRefused()
    {
        using Arm64Machine machine = new(guest => guest.Call(Arm64Machine.PsciSystemOff));

        Exception e = Assert.Throws<PlatformNotSupportedException>(() => machine.Vcpu.GetRegisters());

        Assert.StartsWith("KVM_GET_REGS with this record is X64's", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Stop_spinningGuest_comesBackAndRunsAgain()
    {
        using Arm64Machine machine = new(guest => guest.Branch(guest.Here));
        for (int i = 0; i < 10; i++)
        {
            using VcpuGroup group = VcpuGroups.Started(machine.Loop);

            machine.Loop.Stop();

            Assert.Equal(new VcpuStop.Requested(), await group.EndAsync());
        }

        Assert.Equal(Arm64Machine.Entry, machine.Vcpu.GetRegister<ulong>(Arm64Machine.Pc));
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Kick_hundredsOfTimes_eachArrives(bool guestExits)
    {
        const ulong Counter = Arm64Machine.MmioAddress + 0x10000;
        SequenceDevice sequence = new();
        using Arm64Machine machine = new(guest =>
        {
            guest.Move(4, Counter);
            int again = guest.Here;
            if (guestExits)
            {
                guest.Store(4, 5, 4);
                guest.Increment(5);
            }

            guest.Branch(again);
        });
        machine.Loop.Mmio.Register("counter", Counter, 4, sequence);

        await KickCheck.EachArrives(machine.Loop, sequence, guestExits, kicks: 300);
    }

    [SkippableFact]
    public void Stop_fromADevice_finishesTheAccessFirst()
    {
        using Arm64Machine machine = new(guest =>
        {
            guest.Load(4, 5, 4);
            guest.Call(Arm64Machine.PsciSystemOff);
        });
        machine.Vcpu.SetRegister(Arm64Machine.X(4), Arm64Machine.MmioAddress);
        machine.Loop.On(KvmExitReason.KVM_EXIT_MMIO, (scoped in VcpuExit exit) =>
        {
            machine.Loop.Stop();
            return ExitAction.Default;
        });

        Assert.Equal(new VcpuStop.Requested(), machine.Loop.Run());

        Assert.Equal(Arm64Machine.Entry + 4, machine.Vcpu.GetRegister<ulong>(Arm64Machine.Pc));
        Assert.Equal(0x13121110ul, machine.Vcpu.GetRegister<ulong>(Arm64Machine.X(5)));
        Assert.IsType<VcpuStop.SystemEvent>(machine.Loop.Run());
    }

    [SkippableFact]
    public async Task Dispose_whileRunningElsewhere_endsTheRunAndLeavesNothing()
    {
        Requires.Architecture(Machine.Arm64);
        Footprint footprint = Footprint.Now();
        Arm64Machine machine = new(guest => guest.Branch(guest.Here));
        machine.Vm.AddMemory(1UL << 32, Footprint.MemorySize);
        using VcpuGroup group = VcpuGroups.Started(machine.Loop);

        machine.Vm.Dispose();
        machine.Kvm.Dispose();
        machine.Vcpu.Dispose();

        Assert.Equal(new VcpuStop.Requested(), await group.EndAsync());
        Assert.Equal((0, 0, 0), footprint.More);
    }
}
