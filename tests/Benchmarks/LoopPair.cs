using System.Diagnostics;
using System.Globalization;
using KvmInterop.Tests.Benchmarks.Loops;

namespace KvmInterop.Tests.Benchmarks;

/// <summary>
/// One operation of the runtime beside the same in C. Both programs stay and are told in turn to do some, so
/// that starting and compiling do not count, and what happens on the machine meets both.
/// </summary>
/// <param name="Loop">Its name in both programs.</param>
/// <param name="Count">How many at a time: for some milliseconds.</param>
/// <param name="AllocatesNothing">Whether a managed byte is a failure.</param>
/// <param name="Beside">Another loop of this program that it is compared with; null for the same in C.
/// </param>
/// <param name="EqualMappings">Whether C's process gets as many mappings as ours has.</param>
/// <param name="Native">Whether ours is compiled by NativeAOT.</param>
/// <param name="NoKernel">Whether KVM_RUN is a function in both that makes an exit at once.</param>
internal sealed record LoopPair(
    string Name, string Loop, int Count, double Goal, bool AllocatesNothing, string? Missing,
    string? Beside = null, bool EqualMappings = false, bool Native = false, bool NoKernel = false)
    : Pair(
        Name, Native ? "C#, NativeAOT" : "C#", Beside is null ? "C, gcc -O2" : $"C#, {Beside}", "ns", Goal,
        Missing)
{
    // Short turns and many: the median of their ratios holds still where their times do not.
    private const int TurnsPerRun = 20;

    // A method is compiled anew after 30 calls, to see what it does, and after 30 more for good, each time in
    // the background when nothing new was compiled for 100 ms: what is measured is the last form.
    private const int WarmUpTurns = 150;
    private const int WarmUpShare = 10;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Has a loop's code compiled in its last form.</summary>
    public static void WarmUp(LoopProcess process, string loop, int count)
    {
        int turns = count == 1 ? 1 : WarmUpTurns;
        for (int i = 0; i < turns; i++)
        {
            process.Run(loop, Math.Max(1, count / WarmUpShare));
            Thread.Sleep(Pause);
        }
    }

    public override PairResult Measure(int runs)
    {
        using LoopProcess ours = Start();
        using LoopProcess theirs = Beside is null ? new(CompiledLoops.Build(), Variables()) : Start();
        string theirLoop = Beside ?? Loop;
        for (int i = 0; i < WarmUpTurns; i++)
        {
            ours.Run(Loop, Math.Max(1, Count / WarmUpShare));
            theirs.Run(theirLoop, Math.Max(1, Count / WarmUpShare));
            Thread.Sleep(Pause);
        }

        if (EqualMappings)
        {
            theirs.MakeMappings(ours.CountMappings());
        }

        var turns = new List<(LoopTimes Ours, LoopTimes Theirs)>();
        for (int i = 0; i < runs * TurnsPerRun; i++)
        {
            turns.Add((ours.Run(Loop, Count), theirs.Run(theirLoop, Count)));
        }

        // A turn in which the runtime itself was busy (a method that it compiled anew) is not the loop's.
        double allocated = new Series(turns.Select(turn => turn.Ours.Allocated)).Median;
        if (AllocatesNothing && allocated > 0)
        {
            throw new InvalidOperationException($"{Name}: {allocated} bytes are allocated for each.");
        }

        return new PairResult(
            this,
            Samples.Of([.. turns.Select(turn => (turn.Ours.Elapsed, turn.Ours.Processor))]),
            Samples.Of([.. turns.Select(turn => (turn.Theirs.Elapsed, turn.Theirs.Processor))]),
            new Series(turns.Select(turn => turn.Ours.Elapsed / turn.Theirs.Elapsed)).Median,
            new Series(turns.Select(turn => turn.Ours.Processor / turn.Theirs.Processor)).Median,
            allocated,
            $"mappings of the processes: {ours.CountMappings()} and {theirs.CountMappings()}");
    }

    private LoopProcess Start() => Native
        ? new(PublishedProgram.Loops.As(ProgramForm.NativeAot), Variables())
        : new(Environment.ProcessPath!, Variables(), LoopProgram.Verb);

    private (string Name, string Value)[] Variables() => NoKernel
        ? [("LD_PRELOAD", CompiledLoops.BuildNoKernel()), ("EXIT", Loop)]
        : [];
}

/// <param name="Elapsed">Nanoseconds for each.</param>
/// <param name="Processor">The thread's processor nanoseconds for each.</param>
/// <param name="Allocated">Managed bytes for each.</param>
internal readonly record struct LoopTimes(double Elapsed, double Processor, double Allocated);

/// <summary>A program that does loops as it is told, until its input ends.</summary>
internal sealed class LoopProcess : IDisposable
{
    private readonly Process process;

    public LoopProcess(
        string program, IEnumerable<(string Name, string Value)> variables, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        process = Process.Start(start)!;
    }

    public LoopTimes Run(string loop, int count)
    {
        process.StandardInput.WriteLine($"{loop} {count}");
        process.StandardInput.Flush();
        string line = process.StandardOutput.ReadLine()
            ?? throw new InvalidOperationException($"The loop {loop} ended in {process.StartInfo.FileName}.");
        double[] numbers =
            [.. line.Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture))];
        return new LoopTimes(numbers[0], numbers[1], numbers[2]);
    }

    public int CountMappings() => File.ReadLines($"/proc/{process.Id}/maps").Count();

    /// <summary>Of the program in C only.</summary>
    public void MakeMappings(int count) => process.StandardInput.WriteLine($"mappings {count}");

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }
}
