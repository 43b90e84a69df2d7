using System.Diagnostics;
using KvmInterop.Tests.Fuzz.Targets;
using KvmInterop.Tests.Testing;

namespace KvmInterop.Tests.Fuzz;

/// <summary>Looks on while another process works: it may die of an access outside, or never end.</summary>
internal static class FuzzSupervisor
{
    // An input takes microseconds. So much of a processor's time for one is a loop, however busy the machine is;
    // one that waits for something takes none, and is given up by the clock.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PatienceByTheClock = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <returns>Whether all inputs went well.</returns>
    public static bool Run(FuzzOptions options)
    {
        string folder = Repository.PathOf("artifacts/fuzz");
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, $"{options.Only}-{Environment.ProcessId}.progress");
        try
        {
            using ProgressFile progress = new(path) { Input = options.First };
            using Process worker = Process.Start(Environment.ProcessPath!, [
                "--only", options.Only, "--seed", $"{options.Seed}", "--first", $"{options.First}", "--inputs",
                $"{options.Inputs}", "--progress", path]);
            string? end = WaitFor(worker, progress);
            if (end is not null)
            {
                byte[] bytes = AllTargets.Make(options.Only).Make(options.Seed, progress.Input);
                Console.WriteLine(
                    FailureReport.Of(options.Only, options.Seed, progress.Input, bytes, end));
            }

            return end is null && worker.ExitCode == 0;
        }
        finally
        {
            File.Delete(path);
        }
    }

    // What is wrong that the worker cannot have said itself.
    private static string? WaitFor(Process worker, ProgressFile progress)
    {
        long seen = -1;
        long since = Stopwatch.GetTimestamp();
        TimeSpan used = TimeSpan.Zero;
        while (!worker.WaitForExit(Interval))
        {
            if (progress.Input != seen)
            {
                seen = progress.Input;
                since = Stopwatch.GetTimestamp();
                used = ProcessorTime(worker);
            }
            else if (ProcessorTime(worker) - used > Patience || Stopwatch.GetElapsedTime(since) > PatienceByTheClock)
            {
                TimeSpan taken = ProcessorTime(worker) - used;
                worker.Kill();
                worker.WaitForExit();
                return $"the process was at this input for {Stopwatch.GetElapsedTime(since).TotalSeconds:0} seconds, "
                    + $"{taken.TotalSeconds:0} of them on a processor, and was ended";
            }
        }

        return worker.ExitCode is 0 or 1 ? null : $"the process ended with exit code {worker.ExitCode}";
    }

    private static TimeSpan ProcessorTime(Process worker)
    {
        worker.Refresh();
        try
        {
            return worker.TotalProcessorTime;
        }
        catch (InvalidOperationException)
        {
            // It has just ended.
            return TimeSpan.Zero;
        }
    }
}
