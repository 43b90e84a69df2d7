using System.Globalization;
using KvmInterop.Tests.Runtime.Debugging;
using KvmInterop.Tests.Runtime.Machines;

namespace KvmInterop.Tests.Machine.Gdb;

/// <summary>The GDB that people use, on a guest that runs.</summary>
public class GdbTests
{
    [SkippableFact]
    public void Registers_areShownAndSet()
    {
        using GdbMachine machine = new();
        machine.Vcpu.SetRegisters(machine.Vcpu.GetRegisters() with { rbx = 0x1122334455667788 });

        string output = machine.Debug(
            "info registers rip eflags cr3", "print/x $rbx", "set $rbx = 0x42", "set $xmm1.uint128 = 7",
            "set $fs_base = 0x5000", "print/x $rbx", "print $xmm1.uint128", "print $fs_base", "print $mxcsr");

        Assert.Contains($"rip            0x{GuestMachine.Entry:x}", output, StringComparison.Ordinal);
        Assert.Contains("cr3            0xa000", output, StringComparison.Ordinal);
        Assert.Contains("$1 = 0x1122334455667788", output, StringComparison.Ordinal);
        Assert.Contains("$2 = 0x42", output, StringComparison.Ordinal);
        Assert.Contains("$3 = 7", output, StringComparison.Ordinal);
        Assert.Contains("$4 = 20480", output, StringComparison.Ordinal);
        Assert.Equal(0x42ul, machine.Vcpu.GetRegisters().rbx);
        Assert.Equal(0x5000ul, machine.Vcpu.GetSpecialRegisters().fs.@base);
    }

    [SkippableFact]
    public void Memory_isShownSetAndDisassembled()
    {
        using GdbMachine machine = new();

        string output = machine.Debug(
            "set {int}0x8100 = 42", "x/dw 0x8100", "x/5xb $pc", "x/3i $pc", "x/xw 0x12345678");

        Assert.Contains("0x8100:\t42", output, StringComparison.Ordinal);
        Assert.Contains("0x1000:\t0xb8\t0x01\t0x00\t0x00\t0x00", output, StringComparison.Ordinal);
        Assert.Contains("=> 0x1000:\tmov    $0x1,%eax", output, StringComparison.Ordinal);
        Assert.Contains("0x1005:\tincl   0x9000", output, StringComparison.Ordinal);
        Assert.Contains("Cannot access memory at address 0x12345678", output, StringComparison.Ordinal);
        Assert.Equal(42, machine.Memory.Read<int>(0x8100));
    }

    [SkippableTheory]
    [InlineData("hbreak")]
    [InlineData("break")]
    public void Breakpoint_stopsEachTimeAndLeavesNothingBehind(string command)
    {
        using GdbMachine machine = new();
        byte before = machine.Memory.Read<byte>(GdbMachine.Second);
        machine.Group.Start();

        string output = machine.Debug(
            $"{command} *0x{GdbMachine.Second:x}", "continue", "print/x $pc", "print *(int*)0x9000",
            "continue", "print *(int*)0x9000", "x/xb $pc", "delete", "detach");

        Assert.Contains($"$1 = 0x{GdbMachine.Second:x}", output, StringComparison.Ordinal);
        int[] counts = [Value(output, 2), Value(output, 3)];
        Assert.Equal(counts[0] + 1, counts[1]);
        Assert.Contains($":\t0x{before:x2}", output, StringComparison.Ordinal);
        Assert.Equal(before, machine.Memory.Read<byte>(GdbMachine.Second));
        machine.WaitForCount((uint)counts[1] + 1000);
    }

    [SkippableFact]
    public void Stepi_executesOneInstructionEach()
    {
        using GdbMachine machine = new();
        machine.Group.Start();

        string output = machine.Debug(
            $"hbreak *0x{GdbMachine.Loop:x}", "continue", "delete", "stepi", "print/x $pc", "stepi",
            "print/x $pc - 0x1000", "stepi", "print/x $pc");

        Assert.Contains($"$1 = 0x{GdbMachine.Second:x}", output, StringComparison.Ordinal);
        Assert.Contains($"$2 = 0x{GdbMachine.Second + 4 - 0x1000:x}", output, StringComparison.Ordinal);
        Assert.Contains($"$3 = 0x{GdbMachine.Loop:x}", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Watchpoint_ofGdbItself_stopsWhenTheValueChanges()
    {
        using GdbMachine machine = new();
        machine.Group.Start();

        string output = machine.Debug(
            "set can-use-hw-watchpoints 0", "set {int}0x9000 = 100", "watch *(int*)0x9000", "continue");

        Assert.Contains("Old value = 100", output, StringComparison.Ordinal);
        Assert.Contains("New value = 101", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Watchpoint_inADebugRegister_stopsWhenTheValueChanges()
    {
        NativeDebug.Require();
        using GdbMachine machine = new();
        machine.Group.Start();

        string output = machine.Debug("set {int}0x9000 = 100", "watch *(int*)0x9000", "continue");

        Assert.Contains("Hardware watchpoint", output, StringComparison.Ordinal);
        Assert.Contains("New value = 101", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void ControlC_stopsAGuestThatSpins()
    {
        using GdbMachine machine = new();
        machine.Group.Start();

        string output = machine.DebugAndInterrupt(
            0x4000_0001, "set {int}0x9000 = 0x40000000", "continue",
            "print $pc >= 0x1005 && $pc < 0x1020", "detach");

        Assert.Contains("SIGINT", output, StringComparison.Ordinal);
        Assert.Contains("$1 = 1", output, StringComparison.Ordinal);
        machine.WaitForCount(machine.Memory.Read<uint>(GdbMachine.Counter) + 1000);
    }

    [SkippableFact]
    public void Vcpus_areThreads()
    {
        using GdbMachine machine = new(vcpus: 2);

        string output = machine.Debug(
            "info threads", "thread 2", "print/x $rax", "print/x $rsp", "thread 1", "print/x $rip");

        Assert.Contains("* 1    Thread 1 (vCPU 0", output, StringComparison.Ordinal);
        Assert.Contains("  2    Thread 2 (vCPU 1", output, StringComparison.Ordinal);
        Assert.Contains("$1 = 0x77", output, StringComparison.Ordinal);
        Assert.Contains("$2 = 0x7000", output, StringComparison.Ordinal);
        Assert.Contains("$3 = 0x1000", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Step_withTheOtherLocked_movesOneVcpuOnly()
    {
        using GdbMachine machine = new(vcpus: 2);
        machine.Group.Start();

        string output = machine.Debug(
            "set scheduler-locking on", "thread 2", "set $rbx = 5", "thread 1", "stepi", "stepi", "stepi",
            "thread 2", "print $rbx", "set scheduler-locking off", $"hbreak *0x{GdbMachine.Second:x}",
            "continue", "print/x $pc");

        Assert.Contains("$1 = 5", output, StringComparison.Ordinal);
        Assert.Contains($"$2 = 0x{GdbMachine.Second:x}", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Monitor_answersInItsOwnWords()
    {
        using GdbMachine machine = new();

        string output = machine.Debug(
            "monitor regs", "monitor translate 1234", "monitor translate 0x40000000", "monitor phys 1000 3",
            "monitor disassemble", "monitor sing");

        Assert.Contains("64-bit code", output, StringComparison.Ordinal);
        Assert.Contains("0x1234 -> 0x1234, page of 2 MiB, kernel rwx", output, StringComparison.Ordinal);
        Assert.Contains("0x40000000 -> not present at level 3", output, StringComparison.Ordinal);
        Assert.Contains("0000000000001000  b8 01 00\n", output, StringComparison.Ordinal);
        Assert.Contains("=> 0000000000001000  b8 01 00 00 00", output, StringComparison.Ordinal);
        Assert.Contains("there is no such command", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Kill_endsTheGroup()
    {
        using GdbMachine machine = new();
        machine.Group.Start();

        machine.Debug("kill");

        Assert.Null(machine.Group.Wait().Thread);
    }

    [SkippableFact]
    public void Failure_ofTheGuest_comesToTheDebugger()
    {
        using GdbMachine machine = new();
        machine.Group.Start();

        // ud2 without an interrupt table: a triple fault.
        string output = machine.Debug(
            $"set {{short}}0x{GdbMachine.Loop:x} = 0x0b0f", $"set $pc = 0x{GdbMachine.Loop:x}", "continue",
            "print/x $pc");

        Assert.Contains("SIGABRT", output, StringComparison.Ordinal);
        Assert.Contains("KVM_EXIT_", output, StringComparison.Ordinal);
    }

    private static int Value(string output, int number)
    {
        string start = $"${number} = ";
        string rest = output[(output.IndexOf(start, StringComparison.Ordinal) + start.Length)..];
        return int.Parse(rest[..rest.IndexOf('\n', StringComparison.Ordinal)], CultureInfo.InvariantCulture);
    }
}
