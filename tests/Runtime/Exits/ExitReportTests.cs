using KvmInterop.Native;

namespace KvmInterop.Tests.Runtime.Exits;

/// <summary>Exits that no guest can cause on every machine, made by hand.</summary>
public class ExitReportTests
{
    private readonly SyntheticRun run = new();

    [Fact]
    public void FailEntry_report_hasReasonAndCpu()
    {
        run.Arm<kvm_run_fail_entry>(KvmRunOffsets.fail_entry) = new()
        {
            hardware_entry_failure_reason = 0x80000021,
            cpu = 3,
        };

        VcpuStop stop = Report(KvmExitReason.KVM_EXIT_FAIL_ENTRY);

        Assert.Equal(new VcpuStop.FailEntry(0x80000021, 3), stop);
        Assert.Equal(
            "the processor refused to enter the guest, hardware reason 0x80000021 on CPU 3 "
            + "(KVM_EXIT_FAIL_ENTRY)",
            stop.ToString());
    }

    [Fact]
    public void InternalError_withInstruction_namesItsBytes()
    {
        ref kvm_run_emulation_failure failure =
            ref run.Arm<kvm_run_emulation_failure>(KvmRunOffsets.emulation_failure);
        failure.suberror = KvmApi.KVM_INTERNAL_ERROR_EMULATION;
        failure.ndata = 4;
        failure.flags = KvmApi.KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES;
        failure.insn_size = 2;
        failure.insn_bytes[0] = 0xd9;
        failure.insn_bytes[1] = 0xe8;
        failure.insn_bytes[2] = 0x77;

        VcpuStop.InternalError stop = Assert.IsType<VcpuStop.InternalError>(
            Report(KvmExitReason.KVM_EXIT_INTERNAL_ERROR));

        Assert.Equal([0xd9, 0xe8], stop.Instruction.ToArray());
        Assert.Equal(4, stop.Data.Length);
        Assert.Equal(
            "KVM could not go on: it could not emulate an instruction, instruction bytes d9 e8 "
            + "(KVM_EXIT_INTERNAL_ERROR, suberror 1)",
            stop.ToString());
    }

    [Fact]
    public void InternalError_ofAnotherKind_hasItsDataAndNoInstruction()
    {
        ref kvm_run_internal error = ref run.Arm<kvm_run_internal>(KvmRunOffsets.@internal);
        error.suberror = KvmApi.KVM_INTERNAL_ERROR_DELIVERY_EV;
        error.ndata = uint.MaxValue; // A liar: there are sixteen.
        error.data[0] = 1; // In the other form, the flag that says there are instruction bytes.
        error.data[15] = 16;

        VcpuStop.InternalError stop = Assert.IsType<VcpuStop.InternalError>(
            Report(KvmExitReason.KVM_EXIT_INTERNAL_ERROR));

        Assert.Equal((16, 1ul, 16ul), (stop.Data.Length, stop.Data[0], stop.Data[15]));
        Assert.Empty(stop.Instruction);
        Assert.Equal(
            "KVM could not go on: it could not deliver an event (KVM_EXIT_INTERNAL_ERROR, suberror 3)",
            stop.ToString());
    }

    [Fact]
    public void InternalError_instructionLongerThanItsRoom_isCut()
    {
        ref kvm_run_emulation_failure failure =
            ref run.Arm<kvm_run_emulation_failure>(KvmRunOffsets.emulation_failure);
        failure.suberror = KvmApi.KVM_INTERNAL_ERROR_EMULATION;
        failure.ndata = 1;
        failure.flags = KvmApi.KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES;
        failure.insn_size = 255;

        VcpuStop.InternalError stop = Assert.IsType<VcpuStop.InternalError>(
            Report(KvmExitReason.KVM_EXIT_INTERNAL_ERROR));

        Assert.Equal(15, stop.Instruction.Length);
    }

    [Fact]
    public void SystemEvent_report_hasTypeAndData()
    {
        ref kvm_run_system_event happened = ref run.Arm<kvm_run_system_event>(KvmRunOffsets.system_event);
        happened.type = KvmApi.KVM_SYSTEM_EVENT_RESET;
        happened.ndata = 1;
        happened.data[0] = 5;

        VcpuStop.SystemEvent stop =
            Assert.IsType<VcpuStop.SystemEvent>(Report(KvmExitReason.KVM_EXIT_SYSTEM_EVENT));

        Assert.Equal((2u, false, true, false), (stop.Type, stop.IsShutdown, stop.IsReset, stop.IsCrash));
        Assert.Equal("the guest asked for a reset (KVM_EXIT_SYSTEM_EVENT, type 2)", stop.ToString());
        Assert.Equal([5ul], stop.Data.ToArray());
    }

    [Fact]
    public void MemoryFault_report_hasAddressAndErrno()
    {
        run.Arm<kvm_run_memory_fault>(KvmRunOffsets.memory_fault) =
            new() { gpa = 0x4000, size = 0x1000, flags = 8 };

        VcpuStop stop = ExitReport.Of(run.Exit(KvmExitReason.KVM_EXIT_MEMORY_FAULT, errno: 14));

        Assert.Equal(new VcpuStop.MemoryFault(0x4000, 0x1000, 8, 14), stop);
        Assert.Equal(
            "4096 bytes of guest memory at 0x4000 cannot be had, flags 0x8, EFAULT (KVM_EXIT_MEMORY_FAULT)",
            stop.ToString());
    }

    [Fact]
    public void Unknown_report_isTheNumberAndData()
    {
        run.Arm<ulong>(KvmRunOffsets.hw) = 0xabc;

        VcpuStop.Unhandled stop = Assert.IsType<VcpuStop.Unhandled>(Report((KvmExitReason)777));

        Assert.Equal((KvmExitReason)777, stop.ExitReason);
        Assert.Equal((32, 0xabcul), (stop.Data.Length, stop.Data[0]));
        Assert.Equal("nothing handles exit reason 777 (its data begins 0xabc 0x0 0x0 0x0)", stop.ToString());
    }

    [Theory]
    [InlineData(KvmExitReason.KVM_EXIT_HLT, typeof(VcpuStop.Halted))]
    [InlineData(KvmExitReason.KVM_EXIT_SHUTDOWN, typeof(VcpuStop.ShutDown))]
    [InlineData(KvmExitReason.KVM_EXIT_DEBUG, typeof(VcpuStop.Debug))]
    [InlineData(KvmExitReason.KVM_EXIT_NOTIFY, typeof(VcpuStop.Notify))]
    [InlineData(KvmExitReason.KVM_EXIT_UNKNOWN, typeof(VcpuStop.UnknownToKvm))]
    [InlineData(KvmExitReason.KVM_EXIT_DIRTY_RING_FULL, typeof(VcpuStop.Unhandled))]
    public void Report_plainReason_isItsStop(KvmExitReason reason, Type stop)
    {
        VcpuStop report = Report(reason);

        Assert.IsType(stop, report);
        Assert.Equal(reason, report.ExitReason);
        Assert.Contains(reason.ToString(), report.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(KvmApi.KVM_SYSTEM_EVENT_SHUTDOWN, "asked for shutdown")]
    [InlineData(KvmApi.KVM_SYSTEM_EVENT_CRASH, "crashed")]
    [InlineData(KvmApi.KVM_SYSTEM_EVENT_SEV_TERM, "asked to be terminated, under SEV")]
    [InlineData(KvmApi.KVM_SYSTEM_EVENT_TDX_FATAL, "had a fatal error, under TDX")]
    [InlineData(99, "had an event")]
    public void SystemEvent_eachType_isSaidInWords(int type, string words)
    {
        run.Arm<kvm_run_system_event>(KvmRunOffsets.system_event).type = (uint)type;

        Assert.Equal(
            $"the guest {words} (KVM_EXIT_SYSTEM_EVENT, type {type})",
            Report(KvmExitReason.KVM_EXIT_SYSTEM_EVENT).ToString());
    }

    [Theory]
    [InlineData(0, true, "and can go on")]
    [InlineData(KvmApi.KVM_NOTIFY_CONTEXT_INVALID, false, "and cannot go on")]
    public void Notify_report_saysWhetherTheVcpuIsUsable(int flags, bool canGoOn, string words)
    {
        run.Arm<kvm_run_notify>(KvmRunOffsets.notify).flags = (uint)flags;

        VcpuStop.Notify stop = Assert.IsType<VcpuStop.Notify>(Report(KvmExitReason.KVM_EXIT_NOTIFY));

        Assert.Equal(canGoOn, stop.CanGoOn);
        Assert.Equal(
            $"the guest was in one instruction for too long, {words} (KVM_EXIT_NOTIFY)", stop.ToString());
    }

    [Fact]
    public void Unhandled_ofAKnownReason_hasItsNumbers()
    {
        run.Arm<kvm_run_msr>(KvmRunOffsets.msr) = new() { index = 0x1b, reason = 4, data = 0x77 };

        VcpuStop.Unhandled stop = Assert.IsType<VcpuStop.Unhandled>(Report(KvmExitReason.KVM_EXIT_X86_WRMSR));

        Assert.Equal("KVM_EXIT_X86_WRMSR: of 0x77 to MSR 0x1b, reason 0x4", stop.Detail);
        Assert.Equal(
            "nothing handles KVM_EXIT_X86_WRMSR: of 0x77 to MSR 0x1b, reason 0x4", stop.ToString());
        Assert.Equal(0x77ul, stop.Data[2]);
    }

    [Fact]
    public void Describe_ofEveryReason_namesItAndReadsOnlyItsOwn()
    {
        foreach (KvmExitReason reason in Enum.GetValues<KvmExitReason>())
        {
            Assert.StartsWith(reason.ToString(), run.Exit(reason).Describe(), StringComparison.Ordinal);
        }

        Assert.Equal(
            "KVM_EXIT_IO: write to port 0x3f8, 3 times 2 bytes",
            run.Io(KvmApi.KVM_EXIT_IO_OUT, 0x3f8, 2, 3).Describe());
        Assert.Equal(
            "KVM_EXIT_MMIO: read from 0x1000, 4 bytes", run.Mmio(write: false, 0x1000, 4).Describe());
    }

    private VcpuStop Report(KvmExitReason reason) => ExitReport.Of(run.Exit(reason));
}
