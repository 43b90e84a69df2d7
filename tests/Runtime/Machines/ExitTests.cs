using Iced.Intel;
using KvmInterop.Native;
using KvmInterop.Native.X64;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Machines;

/// <summary>Exits beyond ports and memory, from the real KVM.</summary>
public class ExitTests
{
    private const uint NoSuchMsr = 0x0bad_0bad;

    [SkippableFact]
    public void SingleStep_overAnAccess_comesAfterItAndIsNotLostToState()
    {
        using GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            guest.@in(al, 0x10);
            guest.hlt();
        });
        machine.Vcpu.SetDebug(GuestDebug.Off with { SingleStep = true });
        using VcpuRunScope scope = machine.Vcpu.BeginRun();
        VcpuExit access = scope.Run();
        access.IoData.Fill(0x5a);

        Assert.Equal(GuestMachine.Entry + 2, machine.Vcpu.GetRegisters().rip);
        VcpuExit step = scope.Run();

        Assert.Equal(KvmExitReason.KVM_EXIT_DEBUG, step.Reason);
        Assert.Equal(GuestMachine.Entry + 2, step.Debug.pc);
        Assert.Equal(0x5aul, machine.Vcpu.GetRegisters().rax & 0xff);
    }

    [SkippableFact]
    public void Msr_thatKvmDoesNotKnow_isReadFromTheHandler()
    {
        using GuestMachine machine = MsrMachine(guest =>
        {
            guest.rdmsr();
            guest.hlt();
        });
        string? refusal = null;
        machine.Loop.On(KvmExitReason.KVM_EXIT_X86_RDMSR, (scoped in VcpuExit exit) =>
        {
            Assert.Equal(
                (NoSuchMsr, (uint)KvmApi.KVM_MSR_EXIT_REASON_UNKNOWN), (exit.Msr.index, exit.Msr.reason));
            refusal = Assert.Throws<InvalidOperationException>(() => machine.Vcpu.GetRegisters()).Message;
            exit.Msr.data = 0x1122334455667788;
            return ExitAction.Continue;
        });

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        kvm_regs registers = machine.Vcpu.GetRegisters();
        Assert.Equal((0x55667788ul, 0x11223344ul), (registers.rax, registers.rdx));
        Assert.StartsWith(
            "KVM_GET_REGS would come in the middle of KVM_EXIT_X86_RDMSR of vCPU 0", refusal,
            StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Msr_writeWithAnError_isAnExceptionInTheGuest()
    {
        using GuestMachine machine = MsrMachine(guest =>
        {
            guest.mov(eax, 0x44332211);
            guest.mov(edx, 0x88776655);
            guest.wrmsr();
            guest.hlt();
        });
        List<ulong> written = [];
        machine.Loop.On(KvmExitReason.KVM_EXIT_X86_WRMSR, (scoped in VcpuExit exit) =>
        {
            written.Add(exit.Msr.data);
            exit.Msr.error = 1;
            return ExitAction.Continue;
        });

        // A #GP without a handler for it is a triple fault.
        Assert.Equal(new VcpuStop.ShutDown(), machine.Loop.Run());
        Assert.Equal([0x8877665544332211], written);
    }

    [SkippableFact]
    public void Msr_withoutAHandler_isAStopThatSaysWhich()
    {
        using GuestMachine machine = MsrMachine(guest =>
        {
            guest.rdmsr();
            guest.hlt();
        });

        VcpuStop.Unhandled stop = Assert.IsType<VcpuStop.Unhandled>(machine.Loop.Run());

        Assert.Equal("nothing handles KVM_EXIT_X86_RDMSR: of MSR 0xbad0bad, reason 0x2", stop.ToString());
        Assert.Equal(GuestMachine.Entry + 2, machine.Vcpu.GetRegisters().rip);
    }

    [SkippableFact]
    public void TaskPriority_setByTheGuest_isInKvmRun()
    {
        using GuestMachine machine = GuestMachine.LongMode(guest =>
        {
            guest.mov(cr8, rbx);
            guest.mov(cr8, rcx);
            guest.hlt();
        });
        machine.Vcpu.SetRegisters(machine.Vcpu.GetRegisters() with { rbx = 5, rcx = 2 });
        List<ulong> priorities = [];
        machine.Loop.On(KvmExitReason.KVM_EXIT_SET_TPR, (scoped in VcpuExit exit) =>
        {
            priorities.Add(exit.Run.cr8);
            return ExitAction.Continue;
        });

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        // Only a processor that leaves the guest for it makes the exit; the value is in kvm_run either way.
        Assert.Equal(2ul, machine.Vcpu.TaskPriority);
        Assert.All(priorities, priority => Assert.Equal(2ul, priority));
    }

    [SkippableFact]
    public void InterruptWindow_wanted_comesWhenTheGuestTakesInterrupts()
    {
        const byte Vector = 0x20;
        const ushort Handler = 0x2000;
        using GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            guest.cli();
            guest.@out(0x10, al);
            guest.sti();
            Wait(guest);
            guest.hlt();
        });
        machine.Vm.Memory.Write(Vector * 4, (uint)Handler); // Offset, and segment 0.
        machine.Vm.Memory.Write(Handler, [0xe6, 0x11, 0xcf]); // out 0x11, al; iret
        machine.Vcpu.WantsInterruptWindow = true;
        using VcpuRunScope scope = machine.Vcpu.BeginRun();
        Assert.Equal(0x10, scope.Run().Io.port);
        Assert.False(machine.Vcpu.IsReadyForInterrupt);

        VcpuExit window = scope.Run();
        Assert.Equal(KvmExitReason.KVM_EXIT_IRQ_WINDOW_OPEN, window.Reason);
        Assert.Equal((1, 1), (window.Run.if_flag, window.Run.ready_for_interrupt_injection));
        Assert.True(machine.Vcpu.IsReadyForInterrupt);
        machine.Vcpu.WantsInterruptWindow = false;
        machine.Vcpu.QueueInterrupt(Vector);

        Assert.Equal(0x11, scope.Run().Io.port);
        Assert.Equal(KvmExitReason.KVM_EXIT_HLT, scope.Run().Reason);
    }

    [SkippableFact]
    public void Interrupt_queuedBeforeAReadIsAnswered_leavesTheAnswerOpen()
    {
        const ushort Handler = 0x2000;
        using GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            guest.@in(al, 0x10);
            guest.nop();
            guest.hlt();
        });
        machine.Vm.Memory.Write(2 * 4, (uint)Handler); // The vector of NMIs.
        machine.Vm.Memory.Write(Handler, [0xe6, 0x11, 0xcf]); // out 0x11, al; iret
        using VcpuRunScope scope = machine.Vcpu.BeginRun();
        VcpuExit read = scope.Run();
        machine.Vcpu.QueueNmi();
        read.IoData.Fill(0x5a);

        VcpuExit handler = scope.Run();

        Assert.Equal((0x11, 0x5a), (handler.Io.port, handler.IoData[0]));
        Assert.Equal(KvmExitReason.KVM_EXIT_HLT, scope.Run().Reason);
    }

    [SkippableFact]
    public void SyncedRegisters_atAnExit_areThereAndCanBeChanged()
    {
        using GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            guest.hlt();
            guest.@out(0x10, al);
            guest.hlt();
        });
        machine.Vcpu.SyncRegisters(KvmApi.KVM_SYNC_X86_REGS);
        int halts = 0;
        machine.Loop.On(KvmExitReason.KVM_EXIT_HLT, (scoped in VcpuExit exit) =>
        {
            Assert.Equal(GuestMachine.Entry + (halts == 0 ? 1ul : 4), exit.SyncRegisters.regs.rip);
            exit.SyncRegisters.regs.rax = 0x77;
            exit.Run.kvm_dirty_regs = KvmApi.KVM_SYNC_X86_REGS;
            return halts++ == 0 ? ExitAction.Continue : ExitAction.Default;
        });

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        Assert.Equal(["w 0 77"], machine.Device.Log);
        machine.Vcpu.SyncRegisters(0);
        Assert.Equal(0x77ul, machine.Vcpu.GetRegisters().rax); // The second change, too, is the guest's.
    }

    [SkippableFact]
    public void SyncedRegisters_thatKvmDoesNotHave_areRefused()
    {
        using GuestMachine machine = GuestMachine.RealMode(guest => guest.hlt());

        Exception e = Assert.Throws<NotSupportedException>(() => machine.Vcpu.SyncRegisters(1ul << 40));

        Assert.Contains("(KVM_CAP_SYNC_REGS)", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void InstructionThatKvmCannotEmulate_isAnInternalErrorWithItsBytes()
    {
        using GuestMachine machine = GuestMachine.LongMode(guest =>
        {
            guest.fld1(); // On hardware it simply runs.
            guest.@out(0x10, al);
            guest.hlt();
        });

        VcpuStop stop = machine.Loop.Run();

        if (stop is VcpuStop.InternalError error)
        {
            Assert.Equal((uint)KvmApi.KVM_INTERNAL_ERROR_EMULATION, error.SubError);
            Assert.Equal([0xd9, 0xe8], error.Instruction.Take(2));
        }
        else
        {
            Assert.Equal(["w 0 00"], machine.Device.Log);
        }
    }

    [SkippableFact]
    public void TaskPriority_ofTheKernelsController_isReportedWhereAsked()
    {
        using GuestMachine model = GuestMachine.ProtectedModeWithoutInterrupts(guest =>
        {
            guest.mov(eax, __dword_ptr[0xfee00080]);
            Wait(guest);
            guest.@out(0x10, al);
            guest.hlt();
        });
        using Vm vm = model.Kvm.CreateVm();
        KvmException.ThrowIfError(vm.Fd.CreateIrqchip(), "KVM_CREATE_IRQCHIP", KvmFdKind.Vm);
        byte[] program = new byte[64];
        model.Vm.Memory.Read(GuestMachine.Entry, program);
        vm.AddMemory(0, GuestMachine.MemorySize);
        vm.Memory.Write(GuestMachine.Entry, program);
        using Vcpu vcpu = vm.CreateVcpu();
        kvm_sregs special = model.Vcpu.GetSpecialRegisters();
        special.ds.limit = uint.MaxValue;
        special.ds.g = 1;
        special.apic_base = vcpu.GetSpecialRegisters().apic_base;
        vcpu.SetSpecialRegisters(in special);
        vcpu.SetRegisters(model.Vcpu.GetRegisters());
        kvm_tpr_access_ctl control = new() { enabled = 1 };
        KvmException.ThrowIfError(
            vcpu.Fd.TprAccessReporting(ref control), "KVM_TPR_ACCESS_REPORTING", KvmFdKind.Vcpu);
        using VcpuRunScope scope = vcpu.BeginRun();

        VcpuExit exit = scope.Run();

        Assert.Equal(KvmExitReason.KVM_EXIT_TPR_ACCESS, exit.Reason);
        Assert.Equal(0u, exit.TprAccess.is_write);
        Assert.InRange(exit.TprAccess.rip, GuestMachine.Entry, GuestMachine.Entry + 0x20);
        Assert.Equal(KvmExitReason.KVM_EXIT_IO, scope.Run().Reason);
    }

    // A KVM that emulates looks only now and then for what there is to report beside the instructions.
    private static void Wait(Assembler guest)
    {
        guest.mov(ecx, 300_000);
        Label again = guest.CreateLabel();
        guest.Label(ref again);
        guest.dec(ecx);
        guest.jnz(again);
    }

    private static GuestMachine MsrMachine(Action<Assembler> program)
    {
        GuestMachine machine = GuestMachine.ProtectedModeWithoutInterrupts(program);
        kvm_enable_cap capability = new() { cap = (uint)KvmCapability.KVM_CAP_X86_USER_SPACE_MSR };
        capability.args[0] = (ulong)KvmApi.KVM_MSR_EXIT_REASON_UNKNOWN;
        KvmException.ThrowIfError(machine.Vm.Fd.EnableCap(in capability), "KVM_ENABLE_CAP", KvmFdKind.Vm);
        machine.Vcpu.SetRegisters(machine.Vcpu.GetRegisters() with { rcx = NoSuchMsr });
        return machine;
    }
}
