using System.Collections.Immutable;
using System.Numerics;

namespace KvmInterop;

/// <summary>DR0 to DR3, DR6 and DR7 (Intel SDM volume 3, 19.2; AMD APM volume 2, 13.1.1).</summary>
internal static class X64DebugRegisters
{
    internal const int Slots = 4;

    private const int Dr7 = 7;

    // Bit 10 of DR7 reads as 1; GE asks for exact data breakpoints on old processors.
    private const ulong Dr7Fixed = 1 << 10;
    private const ulong Dr7GlobalExact = 1 << 9;
    private const int Dr7FirstType = 16;
    private const ulong Dr6SingleStep = 1 << 14;

    private const ulong TypeExecute = 0b00;
    private const ulong TypeWrite = 0b01;
    private const ulong TypeAccess = 0b11;

    private const uint DebugException = 1;
    private const uint BreakpointException = 3;

    /// <summary>Writes breakpoints as the eight debug registers.</summary>
    /// <exception cref="ArgumentException">One does not fit.</exception>
    internal static void Encode(ImmutableArray<HardwareBreakpoint> breakpoints, Span<ulong> registers)
    {
        if (breakpoints.Length > Slots)
        {
            throw new ArgumentException(
                $"{breakpoints.Length} hardware breakpoints are wanted, and x86 has {Slots} debug registers; "
                + "use software breakpoints for the rest",
                nameof(breakpoints));
        }

        ulong control = Dr7Fixed | Dr7GlobalExact;
        for (int slot = 0; slot < breakpoints.Length; slot++)
        {
            registers[slot] = breakpoints[slot].Address;
            control |= (TypeAndLength(breakpoints[slot]) << TypePlace(slot)) | Enable(slot);
        }

        registers[Dr7] = control;
    }

    /// <summary>What KVM_EXIT_DEBUG's registers tell.</summary>
    internal static DebugEvent Decode(uint exception, ulong pc, ulong dr6, ulong dr7)
    {
        if (exception == BreakpointException)
        {
            return new DebugEvent(DebugEventKind.SoftwareBreakpoint, -1, pc, 0);
        }

        if (exception != DebugException)
        {
            return new DebugEvent(DebugEventKind.Unknown, -1, pc, dr6);
        }

        uint matched = (uint)dr6 & ((1 << Slots) - 1);
        uint enabled = 0;
        for (int slot = 0; slot < Slots; slot++)
        {
            enabled |= (dr7 & (0b11ul << (slot * 2))) != 0 ? 1u << slot : 0;
        }

        // The processor also sets bits of DR6 for registers that match but are not enabled, also beside that
        // of a step. Where KVM emulates the instruction it finds execution breakpoints itself, and leaves DR7
        // out of kvm_run; then it says no more than that.
        bool isNative = (matched & enabled) != 0;
        matched = isNative ? matched & enabled : (dr6 & Dr6SingleStep) != 0 ? 0 : matched;
        if (matched != 0)
        {
            int slot = BitOperations.TrailingZeroCount(matched);
            bool isWatch = isNative && ((dr7 >> TypePlace(slot)) & 0b11) != TypeExecute;
            return new DebugEvent(
                isWatch ? DebugEventKind.Watchpoint : DebugEventKind.HardwareBreakpoint, slot, pc, dr6);
        }

        return new DebugEvent(
            (dr6 & Dr6SingleStep) != 0 ? DebugEventKind.Step : DebugEventKind.Unknown, -1, pc, dr6);
    }

    private static ulong Enable(int slot) => 0b10ul << (slot * 2);

    private static int TypePlace(int slot) => Dr7FirstType + (slot * 4);

    private static ulong TypeAndLength(HardwareBreakpoint breakpoint)
    {
        if (breakpoint.Kind == BreakpointKind.Execute)
        {
            return TypeExecute;
        }

        ulong type = breakpoint.Kind switch
        {
            BreakpointKind.Write => TypeWrite,
            BreakpointKind.Access => TypeAccess,
            _ => throw new ArgumentException(
                "x86 cannot watch reads alone; use BreakpointKind.Access", nameof(breakpoint)),
        };
        ulong length = breakpoint.Length switch
        {
            1 => 0b00,
            2 => 0b01,
            4 => 0b11,
            8 => 0b10,
            _ => throw new ArgumentException(
                $"x86 watches 1, 2, 4 or 8 bytes, not {breakpoint.Length}; use several watchpoints",
                nameof(breakpoint)),
        };
        return breakpoint.Address % (ulong)breakpoint.Length == 0
            ? type | (length << 2)
            : throw new ArgumentException(
                $"x86 watches {breakpoint.Length} bytes at multiples of {breakpoint.Length}, "
                + $"not at 0x{breakpoint.Address:x}; use several watchpoints",
                nameof(breakpoint));
    }
}
