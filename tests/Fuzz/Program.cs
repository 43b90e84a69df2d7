using KvmInterop.Tests.Fuzz;
using KvmInterop.Tests.Fuzz.Targets;

if (!FuzzOptions.TryParse(args, out FuzzOptions? options, out string? mistake))
{
    Console.Error.WriteLine($"fuzz: {mistake}");
    return 2;
}

if (options.Help)
{
    Console.WriteLine(FuzzOptions.UsageWith(AllTargets.Names));
    return 0;
}

string[] names = options.Choose(AllTargets.Names);
if (names.Length == 0)
{
    Console.Error.WriteLine(
        $"fuzz: no target has '{options.Only}' in its name; there are: {string.Join(", ", AllTargets.Names)}");
    return 2;
}

if (options.Progress is not null)
{
    return FuzzWorker.Run(AllTargets.Make(names[0]), options);
}

Console.WriteLine($"seed {options.Seed}, {options.Inputs:#,0} inputs for each target");
int failures = 0;
ParallelOptions jobs = new() { MaxDegreeOfParallelism = options.Jobs };
Parallel.ForEach(names, jobs, name =>
{
    if (!FuzzSupervisor.Run(options with { Only = name }))
    {
        Interlocked.Increment(ref failures);
    }
});
Console.WriteLine(failures == 0 ? "No target failed." : $"{failures} of {names.Length} targets failed.");
return failures == 0 ? 0 : 1;
