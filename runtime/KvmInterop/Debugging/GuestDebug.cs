using System.Collections.Immutable;

namespace KvmInterop;

/// <summary>What a vCPU reports to a debugger with KVM_EXIT_DEBUG: for <see cref="Vcpu.SetDebug"/>.</summary>
/// <remarks>
/// The default value turns debugging off. The guest's own debug registers have no effect while
/// <see cref="Hardware"/> is in use, but it reads and writes them as before.
/// </remarks>
public sealed record GuestDebug
{
    /// <summary>Nothing is reported.</summary>
    public static GuestDebug Off { get; } = new();

    /// <summary>Stop after each instruction (KVM_GUESTDBG_SINGLESTEP).</summary>
    public bool SingleStep { get; init; }

    /// <summary>
    /// Report breakpoint instructions instead of giving them to the guest (KVM_GUESTDBG_USE_SW_BP).
    /// </summary>
    public bool SoftwareBreakpoints { get; init; }

    /// <summary>
    /// Keep interrupts, NMIs and SMIs back, so that a step does not end in a handler
    /// (KVM_GUESTDBG_BLOCKIRQ). On x86 only.
    /// </summary>
    public bool BlockInterrupts { get; init; }

    /// <summary>
    /// Give the guest the breakpoint exception that was reported last: it was an instruction of its own
    /// (KVM_GUESTDBG_INJECT_BP). On x86 only, and once: a later call with it set gives another.
    /// </summary>
    public bool InjectBreakpoint { get; init; }

    /// <summary>
    /// The debug registers, by number (KVM_GUESTDBG_USE_HW). On x86 four; on arm64 as many as
    /// <see cref="Vcpu.SetDebug"/> finds, breakpoints and watchpoints counted apart.
    /// </summary>
    public ImmutableArray<HardwareBreakpoint> Hardware { get; init; } = [];

    internal bool IsOff =>
        !SingleStep && !SoftwareBreakpoints && !BlockInterrupts && !InjectBreakpoint && Hardware.IsEmpty;
}
