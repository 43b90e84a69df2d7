using KvmInterop.Tests.Benchmarks;
using KvmInterop.Tests.Benchmarks.Loops;
using KvmInterop.Tests.Benchmarks.Pairs;
using KvmInterop.Tests.Benchmarks.Reports;
using KvmInterop.Tests.Benchmarks.Scale;
using Spectre.Console;

if (args is [LoopProgram.Verb])
{
    return LoopProgram.Run();
}

if (args is [CompiledLoops.Verb, string file])
{
    CompiledLoops.Build(file);
    return 0;
}

if (args is [ScaleProgram.Verb, string part, .. string[] counts])
{
    return ScaleProgram.Run(part, counts);
}

if (!BenchmarkOptions.TryParse(args, out BenchmarkOptions? options, out string? mistake))
{
    Console.Error.WriteLine($"bench: {mistake}\n{BenchmarkOptions.Usage}");
    return 2;
}

SavedRun? saved = null;
try
{
    // Before anything is measured: that takes minutes.
    saved = options.Compare is { } old ? SavedRun.Read(old) : null;
}
catch (SavedRunException broken)
{
    Console.Error.WriteLine($"bench: {broken.Message}");
    return 2;
}

Pair[] all =
[
    .. LoopPairs.All(), .. ProcessPairs.All(), .. FunctionFigures.All(), .. ScrapePairs.All(), .. BuildPairs.All(),
];
Pair[] chosen = [.. all.Where(pair => options.Wants(pair.Name))];
ScaleFigure[] scales =
[.. ScaleFigures.All.Where(scale => options.Wants(scale.FullName))];
if (chosen.Length == 0 && scales.Length == 0)
{
    Console.Error.WriteLine($"bench: no comparison has '{string.Join("' or '", options.Only)}' in its name; there are:");
    Console.Error.WriteLine(string.Join('\n', all.Select(pair => $"  {pair.Name}")));
    Console.Error.WriteLine(string.Join('\n', ScaleFigures.All.Select(scale => $"  {scale.FullName}")));
    return 2;
}

bool failed = false;
var results = new List<PairResult>();
foreach (Pair pair in chosen)
{
    Console.Error.WriteLine($"measuring {pair.Name} ...");
    try
    {
        results.Add(pair.Missing is { } reason
            ? PairResult.Missing(pair, reason)
            : pair.Measure(options.Runs));
    }
    catch (CannotMeasureException lacking)
    {
        results.Add(PairResult.Missing(pair, lacking.Message));
    }
    catch (InvalidOperationException failure)
    {
        Console.Error.WriteLine(failure.Message);
        results.Add(PairResult.Missing(pair, failure.Message.Split('\n')[0]));
        failed = true;
    }
}

var grown = new List<ScaleResult>();
foreach (ScaleFigure scale in scales)
{
    Console.Error.WriteLine($"measuring {scale.FullName} ...");
    try
    {
        grown.Add(ScaleRunner.Measure(scale));
    }
    catch (InvalidOperationException failure)
    {
        Console.Error.WriteLine(failure.Message);
        grown.Add(ScaleResult.Missing(scale, failure.Message.Split('\n')[0]));
        failed = true;
    }
}

var run = new BenchmarkRun(
    Machine.Describe(), Machine.Release, DateTimeOffset.UtcNow, options.Runs, results, grown);
IAnsiConsole console = ReportConsole.Create();
TableReport.Write(run, console);
Directory.CreateDirectory(options.Output);
IReadOnlyList<string> plots = ScaleReports.WritePlots(grown, options.Output);
string markdown = MarkdownReport.ToText(run);
if (saved is not null)
{
    Comparison comparison = Comparison.Of(saved, run);
    ComparisonReport.Write(comparison, console);
    markdown += "\n" + ComparisonReport.ToMarkdown(comparison);
}

File.WriteAllText(Path.Combine(options.Output, "bench.md"), markdown);
JsonReport.Write(run, Path.Combine(options.Output, "bench.json"));
if (options.Save is { } keep)
{
    JsonReport.Write(run, keep);
}

Console.WriteLine($"Also in {options.Output}: {string.Join(", ", ["bench.md", "bench.json", .. plots])}");

// A figure beyond its goal is something to look at and no failure: it depends on the machine.
return failed ? 1 : 0;
