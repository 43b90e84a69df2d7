namespace KvmInterop.Tests.Fuzz;

/// <summary>The process in which a target gets its inputs.</summary>
internal static class FuzzWorker
{
    public static int Run(FuzzTarget target, FuzzOptions options)
    {
        using ProgressFile progress = new(options.Progress!);
        FuzzRun run = new(target, options) { Begins = input => progress.Input = input };
        bool succeeded = run.Run();
        Console.WriteLine(run.Summary);
        if (run.Failure is var (input, bytes, problem))
        {
            Console.WriteLine(FailureReport.Of(target.Name, options.Seed, input, bytes, problem.ToString()));
        }

        return succeeded ? 0 : 1;
    }
}
