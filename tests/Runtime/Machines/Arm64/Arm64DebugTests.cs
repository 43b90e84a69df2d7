namespace KvmInterop.Tests.Runtime.Machines.Arm64;

/// <summary>Debugging an arm64 vCPU on a real arm64 kernel.</summary>
[Collection(Alone.Name)]
public class Arm64DebugTests
{
    private const ulong Third = Arm64Machine.Entry + 8;

    [SkippableFact]
    public void SingleStep_stopsAfterEachInstruction()
    {
        using Arm64Machine machine = Counting();
        machine.Vcpu.SetDebug(new GuestDebug { SingleStep = true });

        Assert.Equal(DebugEventKind.Step, Debug(machine.Loop.Run()).Kind);
        Assert.Equal(DebugEventKind.Step, Debug(machine.Loop.Run()).Kind);

        Assert.Equal(Third, machine.Vcpu.GetInstructionAddress());
        Assert.Equal(2ul, machine.Vcpu.GetRegister<ulong>(Arm64Machine.X(0)));
    }

    [SkippableFact]
    public void Hardware_executionBreakpoint_stopsBeforeTheInstruction()
    {
        using Arm64Machine machine = Counting();
        machine.Vcpu.SetDebug(new GuestDebug { Hardware = [new(Third)] });

        Assert.Equal(DebugEventKind.HardwareBreakpoint, Debug(machine.Loop.Run()).Kind);

        Assert.Equal(Third, machine.Vcpu.GetInstructionAddress());
        Assert.Equal(2ul, machine.Vcpu.GetRegister<ulong>(Arm64Machine.X(0)));
    }

    [SkippableFact]
    public void Hardware_watchpoint_tellsTheAddress()
    {
        using Arm64Machine machine = new(guest =>
        {
            guest.Move(1, Arm64Machine.Buffer);
            guest.Store(8, 0, 1);
            guest.Call(Arm64Machine.PsciSystemOff);
        });
        machine.Vcpu.SetDebug(
            new GuestDebug { Hardware = [new(Arm64Machine.Buffer, BreakpointKind.Write, 8)] });

        DebugEvent happened = Debug(machine.Loop.Run());

        Assert.Equal((DebugEventKind.Watchpoint, Arm64Machine.Buffer), (happened.Kind, happened.Address));
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Debugger_breakpoint_stopsOnceAndTheGuestEnds(bool isHardware)
    {
        using Arm64Machine machine = Counting();
        GuestDebugger debugger = new(machine.Vm.Memory, machine.Vcpu);
        byte[] original = machine.Read(Third, 4);
        if (isHardware)
        {
            debugger.Insert(new HardwareBreakpoint(Third));
        }
        else
        {
            Assert.True(debugger.InsertSoftware(machine.Vcpu, Third));
            Assert.NotEqual(original, machine.Read(Third, 4));
        }

        Debug(debugger.Continue(machine.Loop));
        byte[] seen = new byte[4];
        Assert.Equal(4, debugger.Read(machine.Vcpu, Third, seen));
        Assert.Equal(original, seen);
        Assert.Equal(Third, machine.Vcpu.GetInstructionAddress());

        Assert.IsType<VcpuStop.SystemEvent>(debugger.Continue(machine.Loop));
        Assert.Equal(3ul, machine.Vcpu.GetRegister<ulong>(Arm64Machine.X(5)));
    }

    [SkippableFact]
    public void Debug_ofWhatX86AloneHas_isRefused()
    {
        using Arm64Machine machine = Counting();

        Assert.Throws<ArgumentException>(
            () => machine.Vcpu.SetDebug(new GuestDebug { SingleStep = true, BlockInterrupts = true }));
    }

    [SkippableFact]
    public void Walker_withTheMmuOff_isTheAddressItself()
    {
        using Arm64Machine machine = Counting();

        PageTranslation page = machine.Vcpu.CreatePageWalker(machine.Vm.Memory).Translate(Third);

        Assert.Equal((true, Third), (page.IsMapped, page.PhysicalAddress));
    }

    [SkippableFact]
    public void Dump_hasRegistersModeAndCode()
    {
        using Arm64Machine machine = Counting();
        machine.Vcpu.SetRegister(Arm64Machine.X(30), 0x1122334455667788ul);

        string text = RegisterDump.Take(machine.Vcpu, machine.Vm.Memory).ToString();

        Assert.Contains("x30 1122334455667788\n", text, StringComparison.Ordinal);
        Assert.Contains($"pc  {Arm64Machine.Entry:x16}  sp  ", text, StringComparison.Ordinal);
        Assert.Contains("[D A I F] EL1h\n", text, StringComparison.Ordinal);
        Assert.Contains($"code at {Arm64Machine.Entry:x}: ", text, StringComparison.Ordinal);
    }

    // x0 is counted up, and x5 too, because the call at the end takes x0.
    private static Arm64Machine Counting() => new(guest =>
    {
        guest.Increment(0);
        guest.Increment(0);
        guest.Increment(0);
        guest.Increment(5);
        guest.Increment(5);
        guest.Increment(5);
        guest.Call(Arm64Machine.PsciSystemOff);
    });

    private static DebugEvent Debug(VcpuStop stop) => Assert.IsType<VcpuStop.Debug>(stop).Event;
}
