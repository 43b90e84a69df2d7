using System.Diagnostics;

namespace KvmInterop.Tests.Benchmarks;

/// <summary>Measures both sides of a pair in turn, so that what changes on the machine meets both.</summary>
internal static class PairRunner
{
    public static PairResult Run(Pair pair, int runs)
    {
        if (pair.Missing is not null)
        {
            return new PairResult(pair, Samples.None, Samples.None);
        }

        pair.Ours.Prepare?.Invoke();
        pair.Theirs.Prepare?.Invoke();

        // The first run of each fills the file cache and is not counted.
        Measure(pair.Ours);
        Measure(pair.Theirs);
        var ours = new List<(double Elapsed, double Processor)>();
        var theirs = new List<(double Elapsed, double Processor)>();
        for (int i = 0; i < runs; i++)
        {
            ours.Add(Measure(pair.Ours));
            theirs.Add(Measure(pair.Theirs));
        }

        return new PairResult(pair, SamplesOf(ours), SamplesOf(theirs));
    }

    /// <summary>Runs a program to its end; an exit code but 0 is an error, with what it printed.</summary>
    /// <returns>What it wrote to its standard output.</returns>
    public static string Execute(ProcessCommand command)
    {
        var start = new ProcessStartInfo(command.Program, command.Arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in command.Environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(
                $"{command.Program} {string.Join(' ', command.Arguments)} failed: {output}{errors.Result}");
        }

        return output;
    }

    private static (double Elapsed, double Processor) Measure(Workload workload)
    {
        TimeSpan processor = ChildProcesses.ProcessorTime;
        long start = Stopwatch.GetTimestamp();
        foreach (ProcessCommand command in workload.Commands)
        {
            Execute(command);
        }

        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        return (elapsed.TotalMilliseconds, (ChildProcesses.ProcessorTime - processor).TotalMilliseconds);
    }

    private static Samples SamplesOf(List<(double Elapsed, double Processor)> measured) =>
        new(new Series(measured.Select(m => m.Elapsed)), new Series(measured.Select(m => m.Processor)));
}
