using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using KvmInterop.Tests.Testing;

namespace KvmInterop.Tests.Benchmarks;

/// <param name="Runs">How often each side of a pair is measured.</param>
/// <param name="Only">A part of the names of the pairs to measure; empty for all.</param>
/// <param name="Output">The folder for the reports.</param>
internal sealed record BenchmarkOptions(int Runs, string Only, string Output)
{
    public const string Usage =
        "usage: bench [--runs N] [--only NAME] [--output DIR]\n"
        + "  --runs N      measure each side N times (15)\n"
        + "  --only NAME   only comparisons with NAME in their name\n"
        + "  --output DIR  where bench.md, bench.json and the plots go (artifacts/bench)";

    public static bool TryParse(
        string[] args,
        [NotNullWhen(true)] out BenchmarkOptions? options,
        [NotNullWhen(false)] out string? mistake)
    {
        options = new BenchmarkOptions(15, "", Repository.PathOf("artifacts/bench"));
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
                    options = options with { Only = value };
                    break;
                case "--output" when value.Length > 0:
                    options = options with { Output = Path.GetFullPath(value) };
                    break;
                default:
                    mistake = $"{args[i]} {value} is not understood";
                    break;
            }
        }

        return mistake is null;
    }
}
