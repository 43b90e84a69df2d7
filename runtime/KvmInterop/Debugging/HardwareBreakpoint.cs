namespace KvmInterop;

/// <summary>What a hardware breakpoint waits for.</summary>
public enum BreakpointKind
{
    /// <summary>The instruction at the address is about to be executed.</summary>
    Execute,

    /// <summary>The bytes are written.</summary>
    Write,

    /// <summary>The bytes are read. On arm64 only: x86 has no such debug register.</summary>
    Read,

    /// <summary>The bytes are read or written.</summary>
    Access,
}

/// <summary>A breakpoint or watchpoint in a debug register of the processor.</summary>
/// <param name="Address">Virtual: linear on x86.</param>
/// <param name="Kind">What it waits for.</param>
/// <param name="Length">Bytes watched. On x86 1, 2, 4 or 8, and <paramref name="Address"/> is a multiple of
/// it; on arm64 up to 8 within one doubleword, or a power of two at a multiple of itself. Not used by
/// <see cref="BreakpointKind.Execute"/>.</param>
public readonly record struct HardwareBreakpoint(
    ulong Address, BreakpointKind Kind = BreakpointKind.Execute, int Length = 1);
