using System.Globalization;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>Why a vCPU came to its debugger.</summary>
public enum DebugEventKind
{
    /// <summary>Something that this library does not know; see <see cref="DebugEvent.Status"/>.</summary>
    Unknown,

    /// <summary>One instruction was executed.</summary>
    Step,

    /// <summary>A breakpoint instruction is about to be executed.</summary>
    SoftwareBreakpoint,

    /// <summary>The address of an execution breakpoint was reached.</summary>
    HardwareBreakpoint,

    /// <summary>Watched bytes were accessed; on x86 the instruction is done, on arm64 it is not.</summary>
    Watchpoint,
}

/// <summary>KVM_EXIT_DEBUG as a value.</summary>
/// <param name="Kind">The most telling of the causes, where there are several.</param>
/// <param name="Slot">The index into <see cref="GuestDebug.Hardware"/> on x86, or -1: arm64 does not
/// say.</param>
/// <param name="Address">On x86 the linear address of the next instruction; on arm64 the address that a
/// watchpoint saw accessed, and 0 with other kinds.</param>
/// <param name="Status">On x86 DR6 or, for a breakpoint instruction, 0; on arm64 ESR_EL2.</param>
public readonly partial record struct DebugEvent(DebugEventKind Kind, int Slot, ulong Address, ulong Status)
{
    /// <summary>Decodes an exit.</summary>
    /// <exception cref="ArgumentException">It is not KVM_EXIT_DEBUG.</exception>
    /// <exception cref="PlatformNotSupportedException">The architecture is neither x86-64 nor
    /// arm64.</exception>
    public static DebugEvent Of(scoped in VcpuExit exit)
    {
        if (exit.Reason != KvmExitReason.KVM_EXIT_DEBUG)
        {
            throw new ArgumentException($"this exit is {exit.ToString()}, not KVM_EXIT_DEBUG", nameof(exit));
        }

        DebugEvent happened = default;
        switch (KvmHost.Architecture)
        {
            case KvmArchitecture.X64:
                DecodeX64(in exit, ref happened);
                return happened;
            case KvmArchitecture.Arm64:
                DecodeArm64(in exit, ref happened);
                return happened;
            default:
                throw GuestDebugSupport.MissingHere("decoding KVM_EXIT_DEBUG");
        }
    }

    /// <summary>A few words for people.</summary>
    public override string ToString()
    {
        string address = "0x" + Address.ToString("x", CultureInfo.InvariantCulture);
        string where = Address == 0 ? "" : $" at {address}";
        string slot = Slot < 0 ? "" : $" {Slot}";
        return Kind switch
        {
            DebugEventKind.Step => $"a step{where}",
            DebugEventKind.SoftwareBreakpoint => $"a breakpoint instruction{where}",
            DebugEventKind.HardwareBreakpoint => $"hardware breakpoint{slot}{where}",
            DebugEventKind.Watchpoint => $"watchpoint{slot}{where}",
            _ => $"a debug event of status 0x{Status.ToString("x", CultureInfo.InvariantCulture)}{where}",
        };
    }

    static partial void DecodeX64(scoped in VcpuExit exit, ref DebugEvent happened);

    static partial void DecodeArm64(scoped in VcpuExit exit, ref DebugEvent happened);
}
