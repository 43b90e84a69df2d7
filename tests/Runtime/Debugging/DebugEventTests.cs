using KvmInterop.Native;
using KvmInterop.Native.X64;
using KvmInterop.Tests.Runtime.Exits;
using Machine = System.Runtime.InteropServices.Architecture;

namespace KvmInterop.Tests.Runtime.Debugging;

/// <summary>Debug registers written and read back, on both architectures that have them here.</summary>
public class DebugEventTests
{
    private const uint DebugException = 1, BreakpointException = 3;

    [Theory]
    [InlineData(BreakpointKind.Execute, 1, 0x602ul)]
    [InlineData(BreakpointKind.Write, 1, 0x1_0602ul)]
    [InlineData(BreakpointKind.Write, 2, 0x5_0602ul)]
    [InlineData(BreakpointKind.Access, 4, 0xf_0602ul)]
    [InlineData(BreakpointKind.Access, 8, 0xb_0602ul)]
    public void X64_oneBreakpoint_isInDr0AndDr7(BreakpointKind kind, int length, ulong dr7)
    {
        ulong[] registers = new ulong[8];

        X64DebugRegisters.Encode([new HardwareBreakpoint(0x1000, kind, length)], registers);

        Assert.Equal((0x1000ul, dr7), (registers[0], registers[7]));
    }

    [Theory]
    [InlineData(BreakpointKind.Read, 0x1000ul, 1, "x86 cannot watch reads alone")]
    [InlineData(BreakpointKind.Write, 0x1000ul, 3, "x86 watches 1, 2, 4 or 8 bytes, not 3")]
    [InlineData(BreakpointKind.Write, 0x1002ul, 4, "x86 watches 4 bytes at multiples of 4, not at 0x1002")]
    public void X64_whatNoRegisterCanHave_isRefused(
        BreakpointKind kind, ulong address, int length, string message)
    {
        ArgumentException e = Assert.Throws<ArgumentException>(
            () => X64DebugRegisters.Encode([new HardwareBreakpoint(address, kind, length)], new ulong[8]));

        Assert.StartsWith(message, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DebugException, 0xffff_4ff0ul, 0x600ul, DebugEventKind.Step, -1)]
    [InlineData(DebugException, 0xffff_0ff2ul, 0x608ul, DebugEventKind.HardwareBreakpoint, 1)]
    [InlineData(DebugException, 0xffff_0ff3ul, 0x10_0608ul, DebugEventKind.Watchpoint, 1)]
    [InlineData(DebugException, 0xffff_0ff2ul, 0ul, DebugEventKind.HardwareBreakpoint, 1)]
    [InlineData(DebugException, 0xffff_4ff1ul, 0x600ul, DebugEventKind.Step, -1)]
    [InlineData(DebugException, 0xffff_0ff0ul, 0x600ul, DebugEventKind.Unknown, -1)]
    [InlineData(BreakpointException, 0ul, 0ul, DebugEventKind.SoftwareBreakpoint, -1)]
    [InlineData(6u, 0ul, 0ul, DebugEventKind.Unknown, -1)]
    public void X64_exit_isDecoded(uint exception, ulong dr6, ulong dr7, DebugEventKind kind, int slot)
    {
        DebugEvent happened = X64DebugRegisters.Decode(exception, 0x1234, dr6, dr7);

        Assert.Equal((kind, slot, 0x1234ul), (happened.Kind, happened.Slot, happened.Address));
    }

    [SkippableFact]
    public void X64_exitInKvmRun_becomesAStop()
    {
        Requires.Architecture(Machine.X64);
        SyntheticRun run = new();
        run.Arm<kvm_run_debug>(KvmRunOffsets.debug).arch =
            new() { exception = DebugException, dr6 = 1 << 14, pc = 0x77 };

        VcpuStop stop = ExitReport.Of(run.Exit(KvmExitReason.KVM_EXIT_DEBUG));

        Assert.IsType<VcpuStop.Debug>(stop);
        Assert.Equal("the guest came to a step at 0x77 (KVM_EXIT_DEBUG)", stop.ToString());
    }

    [Fact]
    public void Arm64_breakpointsAndWatchpoints_areCountedApart()
    {
        ulong[] bcr = new ulong[2], bvr = new ulong[2], wcr = new ulong[2], wvr = new ulong[2];

        Arm64DebugRegisters.Encode(
            [
                new(0x1004), new(0x2002, BreakpointKind.Write, 2), new(0x3000, BreakpointKind.Access, 4096),
                new(0x1008),
            ],
            bcr, bvr, wcr, wvr);

        // E, PMC = 3, BAS = 0xf; E, PAC = 3, LSC = stores, BAS = bytes 2 and 3; MASK = 12, LSC = both.
        Assert.Equal([0x1e7ul, 0x1e7ul], bcr);
        Assert.Equal([0x1004ul, 0x1008ul], bvr);
        Assert.Equal([0x197ul, 0x0c00_1ffful], wcr);
        Assert.Equal([0x2000ul, 0x3000ul], wvr);
    }

    [Fact]
    public void Arm64_whatDoesNotFit_isRefused()
    {
        Assert.Throws<ArgumentException>(() => Encode([new(0x1006, BreakpointKind.Write, 4)]));
        Assert.Throws<ArgumentException>(() => Encode([new(0x1000, BreakpointKind.Write, 12)]));
        Assert.Throws<ArgumentException>(() => Encode([new(0), new(4)]));

        static void Encode(params HardwareBreakpoint[] all) =>
            Arm64DebugRegisters.Encode([.. all], new ulong[1], new ulong[1], new ulong[1], new ulong[1]);
    }

    [Theory]
    [InlineData(0x30u, DebugEventKind.HardwareBreakpoint)]
    [InlineData(0x32u, DebugEventKind.Step)]
    [InlineData(0x34u, DebugEventKind.Watchpoint)]
    [InlineData(0x3cu, DebugEventKind.SoftwareBreakpoint)]
    [InlineData(0x24u, DebugEventKind.Unknown)]
    public void Arm64_exit_isDecoded(uint exceptionClass, DebugEventKind kind)
    {
        DebugEvent happened = Arm64DebugRegisters.Decode((ulong)exceptionClass << 26, 0x5000);

        Assert.Equal(kind, happened.Kind);
        Assert.Equal(kind == DebugEventKind.Watchpoint ? 0x5000ul : 0, happened.Address);
    }
}
