using KvmInterop.Machine;

namespace KvmInterop.Tests.Machine.Gdb;

/// <summary>A machine that is only told what to do: three registers, two threads, 4 KiB of memory.</summary>
internal sealed class FakeTarget : IGdbTarget
{
    public const ulong MemoryAddress = 0x1000;

    private readonly byte[] memory = new byte[0x1000];
    private TaskCompletionSource<GdbStop>? running;

    public GdbRegisterFile Registers { get; } = new(
        "i386:x86-64",
        [new("a.core", "one", 64), new("a.core", "pc", 64, "code_ptr"), new("a.flags", "flags", 32)],
        programCounter: 1);

    public byte[] Values { get; } = new byte[20];

    public List<string> Log { get; } = [];

    public List<GdbBreakpoint> Breakpoints { get; } = [];

    /// <summary>Ends each time that the machine was told to run.</summary>
    public SemaphoreSlim Resumed { get; } = new(0);

    public int ThreadCount => 2;

    /// <summary>What an interrupt stops with.</summary>
    public GdbStop StopOfInterrupt { get; set; } = new(2, 2);

    public bool SecondIsAlive { get; set; } = true;

    public void Attach() => Log.Add("attach");

    public void Detach() => Log.Add("detach");

    public void Kill() => Log.Add("kill");

    public bool IsAlive(int thread) => thread == 1 || SecondIsAlive;

    public string Describe(int thread) => $"processor {thread}";

    public void ReadRegisters(int thread, Span<byte> values)
    {
        Values.CopyTo(values);
        values[0] = (byte)thread;
    }

    public void WriteRegisters(int thread, ReadOnlySpan<byte> values) => values.CopyTo(Values);

    public int ReadMemory(int thread, ulong address, Span<byte> destination)
    {
        int count = Count(address, destination.Length);
        memory.AsSpan((int)(count == 0 ? 0 : address - MemoryAddress), count).CopyTo(destination);
        return count;
    }

    public int WriteMemory(int thread, ulong address, ReadOnlySpan<byte> source)
    {
        int count = Count(address, source.Length);
        source[..count].CopyTo(memory.AsSpan((int)(count == 0 ? 0 : address - MemoryAddress)));
        return count;
    }

    public bool? Insert(int thread, GdbBreakpoint breakpoint)
    {
        if (breakpoint.Kind == GdbBreakpointKind.Read)
        {
            return null;
        }

        Breakpoints.Add(breakpoint);
        return breakpoint.Address != 0;
    }

    public bool? Remove(int thread, GdbBreakpoint breakpoint)
    {
        Breakpoints.Remove(breakpoint);
        return true;
    }

    public Task<GdbStop> ResumeAsync(IReadOnlyList<GdbResume> threads)
    {
        var each = threads.Select(one => $"{one.Thread}{(one.IsStep ? "s" : "c")}");
        Log.Add("resume " + string.Join(' ', each));
        running = new TaskCompletionSource<GdbStop>(TaskCreationOptions.RunContinuationsAsynchronously);
        Resumed.Release();
        return running.Task;
    }

    public void Interrupt()
    {
        Log.Add("interrupt");
        running?.TrySetResult(StopOfInterrupt);
    }

    public void Stop(GdbStop stop) => running!.SetResult(stop);

    public string Command(int thread, string command) => $"{thread}: {command}\n";

    private static int Count(ulong address, int length) => address < MemoryAddress || address >= 0x2000
        ? 0
        : (int)Math.Min((ulong)length, 0x2000 - address);
}
