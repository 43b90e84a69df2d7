using KvmInterop.Tests.Fuzz;
using KvmInterop.Tests.Fuzz.Targets;

if (!FuzzOptions.TryParse(args, out FuzzOptions? options, out string? mistake))
{
    Console.Error.WriteLine($"fuzz: {mistake}\n{FuzzOptions.Usage}");
    return 2;
}

if (options.Progress is not null)
{
    return FuzzWorker.Run(AllTargets.Make(options.Only), options);
}

string[] names = [.. AllTargets.Names.Where(
    name => name.Contains(options.Only, StringComparison.OrdinalIgnoreCase))];
if (names.Length == 0)
{
    Console.Error.WriteLine($"fuzz: no target has '{options.Only}' in its name; there are:");
    Console.Error.WriteLine(string.Join('\n', AllTargets.Names.Select(name => $"  {name}")));
    return 2;
}

Console.WriteLine($"seed {options.Seed}, {options.Inputs:#,0} inputs for each target");
int failures = names.Count(name => !FuzzSupervisor.Run(options with { Only = name }));
Console.WriteLine(failures == 0 ? "No target failed." : $"{failures} of {names.Length} targets failed.");
return failures == 0 ? 0 : 1;
