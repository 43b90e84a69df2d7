using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using KvmInterop.Tests.Testing;

namespace KvmInterop.Tests.Benchmarks;

/// <param name="Runs">How often each side of a pair is measured.</param>
/// <param name="Only">Parts of the names of what to measure, any of which is enough; none for all.</param>
/// <param name="Output">The folder for the reports.</param>
/// <param name="Save">The file to keep the run in, or null.</param>
/// <param name="Compare">A file that another run was kept in, to compare with; or null.</param>
internal sealed record BenchmarkOptions(
    int Runs, IReadOnlyList<string> Only, string Output, string? Save = null, string? Compare = null)
{
    public const string Usage =
        "usage: bench [--runs N] [--only NAME]... [--output DIR] [--save FILE] [--compare FILE]\n"
        + "  --runs N        measure each side N times (15)\n"
        + "  --only NAME     only what has NAME in its name; several add up\n"
        + "  --output DIR    where bench.md, bench.json and the plots go (artifacts/bench)\n"
        + "  --save FILE     keep this run in a file, for --compare later\n"
        + "  --compare FILE  show what has changed since a run that was kept";

    /// <summary>Whether what has the name is to be measured.</summary>
    public bool Wants(string name) =>
        Only.Count == 0 || Only.Any(part => name.Contains(part, StringComparison.OrdinalIgnoreCase));

    public static bool TryParse(
        string[] args,
        [NotNullWhen(true)] out BenchmarkOptions? options,
        [NotNullWhen(false)] out string? mistake)
    {
        options = new BenchmarkOptions(15, [], Repository.PathOf("artifacts/bench"));
        mistake = null;
        for (int i = 0; i < args.Length && mistake is null; i += 2)
        {
            string value = i + 1 < args.Length ? args[i + 1] : "";
            bool isNumber = int.TryParse(value, CultureInfo.InvariantCulture, out int number) && number > 0;
            switch (args[i])
            {
                case "--runs" when isNumber:
                    options = options with { Runs = number };
                    break;
                case "--only" when value.Length > 0:
                    options = options with { Only = [.. options.Only, value] };
                    break;
                case "--output" when value.Length > 0:
                    options = options with { Output = Path.GetFullPath(value) };
                    break;
                case "--save" when value.Length > 0:
                    options = options with { Save = Path.GetFullPath(value) };
                    break;
                case "--compare" when value.Length > 0:
                    options = options with { Compare = Path.GetFullPath(value) };
                    break;
                case "--runs" or "--only" or "--output" or "--save" or "--compare" when value.Length == 0:
                    mistake = $"{args[i]} needs a value";
                    break;
                case "--runs":
                    mistake = $"--runs takes a number from 1, not '{value}'";
                    break;
                default:
                    mistake = $"there is no option '{args[i]}'";
                    break;
            }
        }

        return mistake is null;
    }
}
