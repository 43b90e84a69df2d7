using System.Collections.Immutable;
using System.Numerics;

namespace KvmInterop;

/// <summary>
/// Breakpoint and watchpoint registers and the syndromes of debug exceptions (Arm ARM, D24.3 and D24.2.40).
/// </summary>
internal static class Arm64DebugRegisters
{
    private const ulong Enabled = 1 << 0;

    // PMC and PAC: at EL0 and EL1 alike.
    private const ulong AtEveryLevel = 0b11 << 1;
    private const ulong WholeInstruction = 0b1111 << 5;
    private const ulong Loads = 0b01 << 3;
    private const ulong Stores = 0b10 << 3;
    private const int FirstByteSelect = 5;
    private const ulong WholeDoubleword = 0xff << FirstByteSelect;
    private const int FirstMask = 24;
    private const int Doubleword = 8;

    private const int ExceptionClassPlace = 26;
    private const uint ClassMask = 0x3f;
    private const uint ClassBreakpoint = 0x30;
    private const uint ClassStep = 0x32;
    private const uint ClassWatchpoint = 0x34;
    private const uint ClassBkpt32 = 0x38;
    private const uint ClassBrk64 = 0x3c;

    /// <summary>Writes breakpoints as registers of control and value.</summary>
    /// <exception cref="ArgumentException">One does not fit, or there are too many.</exception>
    internal static void Encode(
        ImmutableArray<HardwareBreakpoint> breakpoints,
        Span<ulong> breakControls,
        Span<ulong> breakValues,
        Span<ulong> watchControls,
        Span<ulong> watchValues)
    {
        int breaks = 0;
        int watches = 0;
        foreach (HardwareBreakpoint breakpoint in breakpoints)
        {
            if (breakpoint.Kind == BreakpointKind.Execute)
            {
                CheckRoom(breaks, breakControls.Length, "breakpoints");
                breakControls[breaks] = Enabled | AtEveryLevel | WholeInstruction;
                breakValues[breaks++] = breakpoint.Address & ~0b11ul;
            }
            else
            {
                CheckRoom(watches, watchControls.Length, "watchpoints");
                watchControls[watches] =
                    Enabled | AtEveryLevel | Accesses(breakpoint.Kind) | Bytes(breakpoint);
                watchValues[watches++] = breakpoint.Address & ~(ulong)(Doubleword - 1);
            }
        }
    }

    /// <summary>What KVM_EXIT_DEBUG's syndrome tells.</summary>
    internal static DebugEvent Decode(ulong syndrome, ulong faultAddress) =>
        ((uint)(syndrome >> ExceptionClassPlace) & ClassMask) switch
        {
            ClassBreakpoint => new(DebugEventKind.HardwareBreakpoint, -1, 0, syndrome),
            ClassStep => new(DebugEventKind.Step, -1, 0, syndrome),
            ClassWatchpoint => new(DebugEventKind.Watchpoint, -1, faultAddress, syndrome),
            ClassBkpt32 or ClassBrk64 => new(DebugEventKind.SoftwareBreakpoint, -1, 0, syndrome),
            _ => new(DebugEventKind.Unknown, -1, 0, syndrome),
        };

    private static void CheckRoom(int used, int room, string what)
    {
        if (used >= room)
        {
            throw new ArgumentException(
                $"this processor has {room} {what} in hardware, and more are wanted", nameof(room));
        }
    }

    private static ulong Accesses(BreakpointKind kind) => kind switch
    {
        BreakpointKind.Write => Stores,
        BreakpointKind.Read => Loads,
        _ => Loads | Stores,
    };

    private static ulong Bytes(HardwareBreakpoint breakpoint)
    {
        int offset = (int)(breakpoint.Address % Doubleword);
        int length = breakpoint.Length;
        if (length is >= 1 and <= Doubleword && offset + length <= Doubleword)
        {
            return ((1ul << length) - 1) << (FirstByteSelect + offset);
        }

        if (length > Doubleword && BitOperations.IsPow2(length)
            && breakpoint.Address % (ulong)length == 0)
        {
            return WholeDoubleword | ((ulong)BitOperations.Log2((uint)length) << FirstMask);
        }

        throw new ArgumentException(
            $"arm64 watches up to {Doubleword} bytes of one doubleword, or a power of two at a multiple of "
            + $"it, not {length} bytes at 0x{breakpoint.Address:x}; use several watchpoints",
            nameof(breakpoint));
    }
}
