using KvmInterop.Native;
using KvmInterop.Native.X64;
using Machine = System.Runtime.InteropServices.Architecture;

namespace KvmInterop.Tests.Runtime.Exits;

public class VcpuExitX64Tests
{
    private readonly SyntheticRun run = new();

    [SkippableFact]
    public void Debug_ofItsReason_hasTheProcessorsRegisters()
    {
        Requires.Architecture(Machine.X64);
        run.Arm<kvm_run_debug>(KvmRunOffsets.debug).arch = new() { exception = 1, pc = 0x1234, dr6 = 0x4000 };

        VcpuExit exit = run.Exit(KvmExitReason.KVM_EXIT_DEBUG);

        Assert.Equal((1u, 0x1234ul, 0x4000ul), (exit.Debug.exception, exit.Debug.pc, exit.Debug.dr6));
        Assert.Throws<InvalidOperationException>(() => run.Exit(KvmExitReason.KVM_EXIT_HLT).Debug.pc);
    }

    [SkippableTheory]
    [InlineData(KvmApi.KVM_RUN_X86_SMM, true, false, false)]
    [InlineData(KvmApi.KVM_RUN_X86_BUS_LOCK, false, true, false)]
    [InlineData(KvmApi.KVM_RUN_X86_GUEST_MODE, false, false, true)]
    [InlineData(0, false, false, false)]
    public void Flags_eachBit_isItsMember(int flags, bool management, bool busLock, bool guestMode)
    {
        Requires.Architecture(Machine.X64);
        run.Arm<ushort>(KvmRunOffsets.flags) = (ushort)flags;

        VcpuExit exit = run.Exit(KvmExitReason.KVM_EXIT_X86_BUS_LOCK);

        Assert.Equal(management, exit.IsInSystemManagementMode);
        Assert.Equal(busLock, exit.IsBusLock);
        Assert.Equal(guestMode, exit.IsInGuestMode);
    }

    [SkippableFact]
    public void Run_ofAnyExit_isTheWholeMapping()
    {
        Requires.Architecture(Machine.X64);
        VcpuExit exit = run.Exit(KvmExitReason.KVM_EXIT_SET_TPR);
        exit.Run.cr8 = 5;
        exit.SyncRegisters.regs.rax = 6;

        Assert.Equal(5ul, run.Arm<ulong>(KvmRunOffsets.cr8));
        Assert.Equal(6ul, run.Arm<ulong>(KvmRunOffsets.s));
    }

    [SkippableFact]
    public void Run_onAnotherArchitecture_isRefused()
    {
        Requires.Architecture(Machine.Arm64);

        Assert.Throws<PlatformNotSupportedException>(() => run.Exit(KvmExitReason.KVM_EXIT_HLT).Run.cr8);
    }
}
