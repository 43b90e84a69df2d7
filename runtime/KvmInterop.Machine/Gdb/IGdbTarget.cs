namespace KvmInterop.Machine;

/// <summary>What a <see cref="GdbServer"/> needs of the machine that it shows to a debugger.</summary>
/// <remarks>
/// <see cref="VmGdbTarget"/> is a VM's. Threads are numbered from 1. The server calls one member at a time,
/// and but for <see cref="Interrupt"/> only while nothing runs: between <see cref="Attach"/> or a finished
/// <see cref="ResumeAsync"/> and the next one.
/// </remarks>
public interface IGdbTarget
{
    /// <summary>The registers of a thread.</summary>
    GdbRegisterFile Registers { get; }

    /// <summary>How many threads there are; some may have ended.</summary>
    int ThreadCount { get; }

    /// <summary>A debugger has come: brings everything to a stop.</summary>
    void Attach();

    /// <summary>The debugger has gone: removes its breakpoints and lets everything run.</summary>
    void Detach();

    /// <summary>The debugger wants the machine to end.</summary>
    void Kill();

    /// <summary>Whether a thread still runs.</summary>
    bool IsAlive(int thread);

    /// <summary>A few words on a thread.</summary>
    string Describe(int thread);

    /// <summary>All registers, one after the other as <see cref="Registers"/> lists them.</summary>
    void ReadRegisters(int thread, Span<byte> values);

    /// <summary>Sets all registers; those that cannot be set are left as they are.</summary>
    void WriteRegisters(int thread, ReadOnlySpan<byte> values);

    /// <summary>Reads memory as the thread sees it, without breakpoints.</summary>
    /// <returns>Bytes read.</returns>
    int ReadMemory(int thread, ulong address, Span<byte> destination);

    /// <summary>Writes memory as the thread sees it.</summary>
    /// <returns>Bytes written.</returns>
    int WriteMemory(int thread, ulong address, ReadOnlySpan<byte> source);

    /// <summary>Inserts a breakpoint for all threads; again is nothing more.</summary>
    /// <returns>Whether it is there; null where there are none of this kind.</returns>
    bool? Insert(int thread, GdbBreakpoint breakpoint);

    /// <summary>Removes a breakpoint.</summary>
    /// <returns>As <see cref="Insert"/>; true also where there was none.</returns>
    bool? Remove(int thread, GdbBreakpoint breakpoint);

    /// <summary>Lets threads run until something stops them; the others stay where they are.</summary>
    /// <returns>Ends when all stand still again.</returns>
    Task<GdbStop> ResumeAsync(IReadOnlyList<GdbResume> threads);

    /// <summary>Stops what <see cref="ResumeAsync"/> runs. From any thread; does not wait.</summary>
    void Interrupt();

    /// <summary>A command of GDB's <c>monitor</c>.</summary>
    /// <returns>What it says, with line feeds.</returns>
    string Command(int thread, string command);
}

/// <summary>Kinds of breakpoints, by the number of their packet (Z0 to Z4).</summary>
public enum GdbBreakpointKind
{
    /// <summary>An instruction written into memory.</summary>
    Software,

    /// <summary>A debug register that waits for an instruction.</summary>
    Hardware,

    /// <summary>A debug register that waits for a write.</summary>
    Write,

    /// <summary>A debug register that waits for a read.</summary>
    Read,

    /// <summary>A debug register that waits for either.</summary>
    Access,
}

/// <summary>A breakpoint as GDB asks for it.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Address">Virtual.</param>
/// <param name="Length">Bytes watched; for the two first kinds the instruction's.</param>
public readonly record struct GdbBreakpoint(GdbBreakpointKind Kind, ulong Address, int Length);

/// <summary>How a thread goes on.</summary>
/// <param name="Thread">Its number.</param>
/// <param name="IsStep">For one instruction only.</param>
public readonly record struct GdbResume(int Thread, bool IsStep);

/// <summary>Why the machine stands still.</summary>
/// <param name="Thread">The thread that stopped first.</param>
/// <param name="Signal">By GDB's numbers: 5 is SIGTRAP. 0 if the machine has ended.</param>
/// <param name="Breakpoint">The breakpoint that it came to.</param>
/// <param name="Message">What the debugger's user should read, without a line feed.</param>
public sealed record GdbStop(
    int Thread, int Signal, GdbBreakpoint? Breakpoint = null, string? Message = null)
{
    /// <summary>Signals as GDB numbers them, on every system (its include/gdb/signals.def).</summary>
    internal const int Interrupted = 2, Trap = 5, Abort = 6, Terminated = 15;
}
