using KvmInterop.Machine;

namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>
/// A machine for a debugger: three registers, three threads, a page of memory at 0x1000. How it stops depends on
/// the input alone.
/// </summary>
internal sealed class GdbMachine(byte[] input) : IGdbTarget
{
    private const ulong Start = 0x1000;
    private const int MostBreakpoints = 4;

    private static readonly GdbRegisterFile File = new(
        "i386:x86-64",
        [new("a.core", "one", 64), new("a.core", "pc", 64, "code_ptr"), new("a.flags", "flags", 32)],
        programCounter: 1);

    private readonly byte[] values = new byte[File.Size];
    private readonly byte[] memory = new byte[0x1000];
    private readonly HashSet<GdbBreakpoint> breakpoints = [];
    private TaskCompletionSource<GdbStop>? running;
    private bool isOver;

    public bool IsAttached { get; private set; }

    public int Resumes { get; private set; }

    public GdbRegisterFile Registers => File;

    public int ThreadCount => 3;

    public void Attach() => IsAttached = true;

    public void Detach()
    {
        CheckStands();
        IsAttached = false;
    }

    public void Kill() => isOver = true;

    public bool IsAlive(int thread) => IndexOf(thread) != 2 && !isOver;

    public string Describe(int thread) => $"processor {IndexOf(thread)}";

    public void ReadRegisters(int thread, Span<byte> values)
    {
        CheckStands();
        CheckAlive(thread);
        this.values.CopyTo(values);
    }

    public void WriteRegisters(int thread, ReadOnlySpan<byte> values)
    {
        CheckAlive(thread);
        values.CopyTo(this.values);
    }

    public int ReadMemory(int thread, ulong address, Span<byte> destination)
    {
        CheckAlive(thread);
        Span<byte> there = At(address, destination.Length);
        there.CopyTo(destination);
        return there.Length;
    }

    public int WriteMemory(int thread, ulong address, ReadOnlySpan<byte> source)
    {
        CheckAlive(thread);
        Span<byte> there = At(address, source.Length);
        source[..there.Length].CopyTo(there);
        return there.Length;
    }

    public bool? Insert(int thread, GdbBreakpoint breakpoint)
    {
        CheckAlive(thread);
        if (breakpoint.Kind == GdbBreakpointKind.Read)
        {
            return null;
        }

        bool hasRoom = breakpoints.Contains(breakpoint) || breakpoints.Count < MostBreakpoints;
        if (hasRoom)
        {
            breakpoints.Add(breakpoint);
        }

        return hasRoom;
    }

    public bool? Remove(int thread, GdbBreakpoint breakpoint)
    {
        IndexOf(thread);
        breakpoints.Remove(breakpoint);
        return true;
    }

    public Task<GdbStop> ResumeAsync(IReadOnlyList<GdbResume> threads)
    {
        CheckStands();
        foreach (GdbResume thread in threads)
        {
            CheckAlive(thread.Thread);
        }

        int how = input[Resumes++ % input.Length];
        if (how < 128)
        {
            return Task.FromResult((how & 7) switch
            {
                0 => new GdbStop(1, 0),
                1 => new GdbStop(2, GdbStop.Abort, null, "triple fault"),
                _ => new GdbStop(1, GdbStop.Trap, breakpoints.FirstOrDefault()),
            });
        }

        // On this thread: the session goes on in whoever ends it.
        running = new TaskCompletionSource<GdbStop>();
        return running.Task;
    }

    public void Interrupt()
    {
        TaskCompletionSource<GdbStop>? ends = running;
        running = null;
        ends?.SetResult(new GdbStop(1, GdbStop.Interrupted));
    }

    public string Command(int thread, string command)
    {
        IndexOf(thread);
        return command.Length > 100 ? throw new ArgumentException("too long", nameof(command)) : $"{command}\n";
    }

    private Span<byte> At(ulong address, int length)
    {
        ulong offset = address - Start;
        return offset < (ulong)memory.Length
            ? memory.AsSpan((int)offset, (int)Math.Min((ulong)length, (ulong)memory.Length - offset))
            : default;
    }

    // As IGdbTarget has it: threads are numbered from 1, and but for Interrupt all is called while none runs.
    private int IndexOf(int thread)
    {
        CheckStands();
        return thread is >= 1 and <= 3
            ? thread - 1
            : throw new FuzzFailureException($"the session asks for thread {thread}, which there is not");
    }

    // A vCPU that ended has nothing to ask: the session takes the exception for an error.
    private void CheckAlive(int thread)
    {
        if (!IsAlive(thread))
        {
            throw new InvalidOperationException("the thread has ended");
        }
    }

    private void CheckStands()
    {
        if (running is not null)
        {
            throw new FuzzFailureException("the session calls a machine that runs");
        }
    }
}
