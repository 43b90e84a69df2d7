using KvmInterop.Native;
using KvmInterop.Tests.Runtime.Machines;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Debugging;

/// <summary>KVM_SET_GUEST_DEBUG and KVM_EXIT_DEBUG on a real vCPU.</summary>
public class GuestDebugTests
{
    private const ulong Cell = 0x9000;

    [SkippableFact]
    public void SingleStep_inLongMode_stopsAfterEachInstruction()
    {
        using GuestMachine machine = GuestMachine.LongMode(a =>
        {
            a.mov(eax, 1);
            a.nop();
            a.hlt();
        });
        machine.Vcpu.SetDebug(new GuestDebug { SingleStep = true });

        DebugEvent first = Debug(machine.Loop.Run());
        DebugEvent second = Debug(machine.Loop.Run());

        Assert.Equal((DebugEventKind.Step, GuestMachine.Entry + 5), (first.Kind, first.Address));
        Assert.Equal((DebugEventKind.Step, GuestMachine.Entry + 6), (second.Kind, second.Address));
        Assert.Equal(1ul, machine.Vcpu.GetRegisters().rax);
        Assert.Equal(GuestMachine.Entry + 6, machine.Vcpu.GetInstructionAddress());
    }

    [SkippableFact]
    public void Off_afterSteps_runsOn()
    {
        using GuestMachine machine = GuestMachine.LongMode(a =>
        {
            a.nop();
            a.nop();
            a.hlt();
        });
        machine.Vcpu.SetDebug(new GuestDebug { SingleStep = true });
        Debug(machine.Loop.Run());

        machine.Vcpu.SetDebug(GuestDebug.Off);

        Assert.IsType<VcpuStop.Halted>(machine.Loop.Run());
    }

    [SkippableFact]
    public void Hardware_executionBreakpoint_stopsBeforeTheInstruction()
    {
        Requires.GuestBreakpoints();
        using GuestMachine machine = GuestMachine.LongMode(a =>
        {
            a.mov(eax, 1);
            a.mov(ebx, 2);
            a.hlt();
        });
        machine.Vcpu.SetDebug(new GuestDebug { Hardware = [new(0x2000), new(GuestMachine.Entry + 5)] });

        DebugEvent happened = Debug(machine.Loop.Run());

        Assert.Equal(DebugEventKind.HardwareBreakpoint, happened.Kind);
        Assert.Equal((1, GuestMachine.Entry + 5), (happened.Slot, happened.Address));
        Assert.Equal((1ul, 0ul), (machine.Vcpu.GetRegisters().rax, machine.Vcpu.GetRegisters().rbx));
    }

    [SkippableFact]
    public void Hardware_fiveOfThem_areRefusedAndChangeNothing()
    {
        using GuestMachine machine = GuestMachine.LongMode(a => a.hlt());

        ArgumentException e = Assert.Throws<ArgumentException>(() => machine.Vcpu.SetDebug(
            new GuestDebug { Hardware = [new(1), new(2), new(3), new(4), new(GuestMachine.Entry)] }));

        Assert.StartsWith("5 hardware breakpoints are wanted", e.Message, StringComparison.Ordinal);
        Assert.IsType<VcpuStop.Halted>(machine.Loop.Run());
    }

    [SkippableFact]
    public void BreakpointInstruction_inLongMode_isReportedAtItsAddress()
    {
        NativeDebug.Require();
        using GuestMachine machine = GuestMachine.LongMode(a =>
        {
            a.nop();
            a.int3();
            a.hlt();
        });
        machine.Vcpu.SetDebug(new GuestDebug { SoftwareBreakpoints = true });

        VcpuStop stop = machine.Loop.Run();

        Assert.Equal(
            new DebugEvent(DebugEventKind.SoftwareBreakpoint, -1, GuestMachine.Entry + 1, 0), Debug(stop));
        Assert.Equal(
            $"the guest came to a breakpoint instruction at 0x{GuestMachine.Entry + 1:x} (KVM_EXIT_DEBUG)",
            stop.ToString());
        Assert.Equal(GuestMachine.Entry + 1, machine.Vcpu.GetRegisters().rip);
    }

    [SkippableTheory]
    [InlineData(BreakpointKind.Write, 4)]
    [InlineData(BreakpointKind.Access, 2)]
    public void Hardware_watchpoint_stopsAfterTheAccess(BreakpointKind kind, int length)
    {
        NativeDebug.Require();
        using GuestMachine machine = GuestMachine.LongMode(a =>
        {
            a.mov(eax, 7);
            a.mov(__dword_ptr[(uint)Cell], eax);
            a.hlt();
        });
        machine.Vcpu.SetDebug(new GuestDebug { Hardware = [new(Cell, kind, length)] });

        DebugEvent happened = Debug(machine.Loop.Run());

        Assert.Equal((DebugEventKind.Watchpoint, 0), (happened.Kind, happened.Slot));
        Assert.Equal(7u, machine.Vm.Memory.Read<uint>(Cell));
    }

    [SkippableFact]
    public void Event_ofAnotherExit_isRefused()
    {
        using GuestMachine machine = GuestMachine.LongMode(a => a.hlt());
        using VcpuRunScope scope = machine.Vcpu.BeginRun();
        VcpuExit exit = scope.Run();
        string message = "";
        try
        {
            _ = DebugEvent.Of(in exit);
        }
        catch (ArgumentException e)
        {
            message = e.Message;
        }

        Assert.StartsWith("this exit is KVM_EXIT_HLT", message, StringComparison.Ordinal);
    }

    private static DebugEvent Debug(VcpuStop stop) => Assert.IsType<VcpuStop.Debug>(stop).Event;
}
