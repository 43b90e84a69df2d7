using KvmInterop.Native;
using KvmInterop.Tests.Runtime.Machines;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Debugging;

/// <summary>Breakpoints over a VM.</summary>
public class GuestDebuggerTests
{
    private const ulong Loop = GuestMachine.Entry + 5;
    private const ulong Interrupts = 0;

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Continue_overABreakpointInALoop_stopsAtEachRound(bool isHardware)
    {
        Requires.GuestBreakpoints();
        using GuestMachine machine = CountingMachine();
        GuestDebugger debugger = new(machine.Vm.Memory, machine.Vcpu);
        if (isHardware)
        {
            debugger.Insert(new HardwareBreakpoint(Loop));
        }
        else
        {
            Assert.True(debugger.InsertSoftware(machine.Vcpu, Loop));
        }

        List<ulong> counts = [];
        VcpuStop stop;
        while ((stop = debugger.Continue(machine.Loop)) is VcpuStop.Debug debug)
        {
            Assert.Equal(Loop, debug.Event.Address);
            counts.Add(machine.Vcpu.GetRegisters().rcx);
        }

        Assert.IsType<VcpuStop.Halted>(stop);
        Assert.Equal([3ul, 2ul, 1ul], counts);
    }

    [SkippableFact]
    public void Step_atASoftwareBreakpoint_executesTheOriginalAndKeepsTheBreakpoint()
    {
        using GuestMachine machine = CountingMachine();
        GuestDebugger debugger = new(machine.Vm.Memory, machine.Vcpu);
        debugger.InsertSoftware(machine.Vcpu, GuestMachine.Entry);

        DebugEvent step = Assert.IsType<VcpuStop.Debug>(debugger.Step(machine.Loop)).Event;

        Assert.Equal((DebugEventKind.Step, Loop), (step.Kind, step.Address));
        Assert.Equal(3ul, machine.Vcpu.GetRegisters().rcx);
        Assert.Equal(0xcc, machine.Vm.Memory.Read<byte>(GuestMachine.Entry));
    }

    [SkippableFact]
    public void Continue_fromASoftwareBreakpoint_doesNotStopThereAgain()
    {
        Requires.GuestBreakpoints();
        using GuestMachine machine = CountingMachine();
        GuestDebugger debugger = new(machine.Vm.Memory, machine.Vcpu);
        debugger.InsertSoftware(machine.Vcpu, GuestMachine.Entry);

        Assert.IsType<VcpuStop.Halted>(debugger.Continue(machine.Loop));

        Assert.Equal(0ul, machine.Vcpu.GetRegisters().rcx);
        Assert.Equal(0xcc, machine.Vm.Memory.Read<byte>(GuestMachine.Entry));
    }

    [SkippableFact]
    public void Memory_underABreakpoint_showsAndTakesTheGuestsBytes()
    {
        using GuestMachine machine = CountingMachine();
        GuestDebugger debugger = new(machine.Vm.Memory, machine.Vcpu);
        byte[] original = new byte[8];
        machine.Vm.Memory.Read(GuestMachine.Entry, original);
        debugger.InsertSoftware(machine.Vcpu, GuestMachine.Entry + 1);

        byte[] seen = new byte[8];
        Assert.Equal(8, debugger.Read(machine.Vcpu, GuestMachine.Entry, seen));
        Assert.Equal(original, seen);
        Assert.Equal(0xcc, machine.Vm.Memory.Read<byte>(GuestMachine.Entry + 1));

        Assert.Equal(3, debugger.Write(machine.Vcpu, GuestMachine.Entry, [0x90, 0x91, 0x92]));
        Assert.Equal(0xcc, machine.Vm.Memory.Read<byte>(GuestMachine.Entry + 1));
        Assert.Equal(3, debugger.Read(machine.Vcpu, GuestMachine.Entry, seen.AsSpan(0, 3)));
        Assert.Equal([0x90, 0x91, 0x92], seen[..3]);

        Assert.True(debugger.RemoveSoftware(GuestMachine.Entry + 1));
        Assert.Equal(0x91, machine.Vm.Memory.Read<byte>(GuestMachine.Entry + 1));
        Assert.False(debugger.RemoveSoftware(GuestMachine.Entry + 1));
    }

    [SkippableFact]
    public void InsertSoftware_whereThereIsNoMemory_isFalse()
    {
        using GuestMachine machine = CountingMachine();
        GuestDebugger debugger = new(machine.Vm.Memory, machine.Vcpu);

        Assert.False(debugger.InsertSoftware(machine.Vcpu, GuestMachine.MemorySize));
        Assert.Empty(debugger.Software);
    }

    [SkippableFact]
    public void Insert_whatNoRegisterCanHave_leavesTheOthersInPlace()
    {
        Requires.GuestBreakpoints();
        using GuestMachine machine = CountingMachine();
        GuestDebugger debugger = new(machine.Vm.Memory, machine.Vcpu);
        debugger.Insert(new HardwareBreakpoint(Loop));

        Assert.Throws<ArgumentException>(
            () => debugger.Insert(new HardwareBreakpoint(0x9001, BreakpointKind.Write, 4)));

        Assert.Equal([new HardwareBreakpoint(Loop)], debugger.Hardware.AsEnumerable());
        Assert.IsType<VcpuStop.Debug>(debugger.Continue(machine.Loop));
    }

    [SkippableFact]
    public void Clear_withBreakpoints_restoresMemoryAndRuns()
    {
        using GuestMachine machine = CountingMachine();
        GuestDebugger debugger = new(machine.Vm.Memory, machine.Vcpu);
        byte before = machine.Vm.Memory.Read<byte>(Loop);
        debugger.InsertSoftware(machine.Vcpu, Loop);
        debugger.Insert(new HardwareBreakpoint(GuestMachine.Entry));

        debugger.Clear();

        Assert.Equal(before, machine.Vm.Memory.Read<byte>(Loop));
        Assert.IsType<VcpuStop.Halted>(machine.Loop.Run());
        Assert.Equal(0ul, machine.Vcpu.GetRegisters().rcx);
    }

    [SkippableFact]
    public void Continue_overTheGuestsOwnInt3_givesItToTheGuest()
    {
        const ushort Handler = 0x1800;
        NativeDebug.Require();
        using GuestMachine machine = GuestMachine.RealMode(a =>
        {
            a.int3();
            a.mov(bx, 2);
            a.hlt();
        });
        machine.Vm.Memory.Write(Interrupts + (3 * 4), (uint)Handler);
        machine.Vm.Memory.Write(Handler, [0xb9, 0x05, 0x00, 0xcf]); // mov cx, 5; iret
        GuestDebugger debugger = new(machine.Vm.Memory, machine.Vcpu);
        debugger.InsertSoftware(machine.Vcpu, 0x4000); // So that KVM reports INT3 at all.

        Assert.IsType<VcpuStop.Halted>(debugger.Continue(machine.Loop));

        Assert.Equal((5ul, 2ul), (machine.Vcpu.GetRegisters().rcx, machine.Vcpu.GetRegisters().rbx));
    }

    // mov ecx, 3; loop: nop; dec ecx; jnz loop; hlt
    private static GuestMachine CountingMachine() => GuestMachine.LongMode(a =>
    {
        a.mov(ecx, 3);
        a.AnonymousLabel();
        a.nop();
        a.dec(ecx);
        a.jne(a.B);
        a.hlt();
    });
}
