using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace KvmInterop.Tests.Fuzz;

/// <param name="Inputs">How many for each target.</param>
/// <param name="First">The number of the first.</param>
/// <param name="Seed">What the inputs are made from.</param>
/// <param name="Only">A part of the targets' names; empty for all.</param>
/// <param name="Jobs">How many targets at a time.</param>
/// <param name="Help">Says what there is, and does nothing.</param>
/// <param name="Progress">For the process that does the work: where it writes the number of its input.</param>
internal sealed record FuzzOptions(
    long Inputs = 1_000_000, long First = 0, ulong Seed = 1, string Only = "", int Jobs = 1, bool Help = false,
    string? Progress = null)
{
    private const int MostJobs = 64;

    private const string Usage =
        "usage: fuzz [--inputs N] [--seed S] [--only TARGET] [--first N] [--jobs N]\n"
        + "  --inputs N     inputs for each target (1000000)\n"
        + "  --seed S       what they are made from: the same seed, the same inputs (1)\n"
        + "  --only TARGET  the target of this name, or all that have it in their names\n"
        + "  --first N      begin with input N; with --inputs 1 it is replayed alone (0)\n"
        + "  --jobs N       targets at a time, each in a process of its own (1)\n"
        + "targets:";

    /// <summary>How it is used, and the targets that there are.</summary>
    public static string UsageWith(IEnumerable<string> targets) =>
        string.Join('\n', [Usage, .. targets.Select(name => $"  {name}")]);

    /// <summary>The names that are asked for: one that is named whole is meant alone.</summary>
    public string[] Choose(IEnumerable<string> targets) => targets.Contains(Only, StringComparer.OrdinalIgnoreCase)
        ? [.. targets.Where(name => name.Equals(Only, StringComparison.OrdinalIgnoreCase))]
        : [.. targets.Where(name => name.Contains(Only, StringComparison.OrdinalIgnoreCase))];

    public static bool TryParse(
        string[] args, [NotNullWhen(true)] out FuzzOptions? options, [NotNullWhen(false)] out string? mistake)
    {
        options = new FuzzOptions();
        mistake = null;
        for (int i = 0; i < args.Length && mistake is null; i += 2)
        {
            if (args[i] is "--help" or "-h" or "help")
            {
                options = options with { Help = true };
                return true;
            }

            string value = i + 1 < args.Length ? args[i + 1] : "";
            bool isNumber = long.TryParse(
                value, NumberStyles.None, CultureInfo.InvariantCulture, out long number);
            switch (args[i])
            {
                case "--inputs" when isNumber && number > 0:
                    options = options with { Inputs = number };
                    break;
                case "--first" when isNumber:
                    options = options with { First = number };
                    break;
                case "--seed" when isNumber:
                    options = options with { Seed = (ulong)number };
                    break;
                case "--only" when value.Length > 0:
                    options = options with { Only = value };
                    break;
                case "--jobs" when isNumber && number is > 0 and <= MostJobs:
                    options = options with { Jobs = (int)number };
                    break;
                case "--progress" when value.Length > 0:
                    options = options with { Progress = value };
                    break;
                default:
                    mistake = $"{args[i]} {value} is not understood; --help says what is";
                    break;
            }
        }

        return mistake is null;
    }
}
