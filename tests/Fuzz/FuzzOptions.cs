using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace KvmInterop.Tests.Fuzz;

/// <param name="Inputs">How many for each target.</param>
/// <param name="First">The number of the first.</param>
/// <param name="Seed">What the inputs are made from.</param>
/// <param name="Only">A part of the targets' names; empty for all.</param>
/// <param name="Progress">For the process that does the work: where it writes the number of its input.</param>
internal sealed record FuzzOptions(
    long Inputs = 1_000_000, long First = 0, ulong Seed = 1, string Only = "", string? Progress = null)
{
    public const string Usage =
        "usage: fuzz [--inputs N] [--seed S] [--only TARGET] [--first N]\n"
        + "  --inputs N     inputs for each target (1000000)\n"
        + "  --seed S       what they are made from: the same seed, the same inputs (1)\n"
        + "  --only TARGET  only targets with TARGET in their name\n"
        + "  --first N      begin with input N; with --inputs 1 it is replayed alone (0)";

    public static bool TryParse(
        string[] args, [NotNullWhen(true)] out FuzzOptions? options, [NotNullWhen(false)] out string? mistake)
    {
        options = new FuzzOptions();
        mistake = null;
        for (int i = 0; i < args.Length && mistake is null; i += 2)
        {
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
                case "--progress" when value.Length > 0:
                    options = options with { Progress = value };
                    break;
                default:
                    mistake = $"{args[i]} {value} is not understood";
                    break;
            }
        }

        return mistake is null;
    }
}
