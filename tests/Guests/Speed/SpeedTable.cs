using System.Globalization;

namespace KvmInterop.Tests.Guests.Speed;

/// <summary>Figures of rounds in which every machine had its turn: medians, and medians of ratios.</summary>
/// <remarks>The lines go to the output, behind <see cref="Mark"/>, and from there into the lab's report.</remarks>
internal static class SpeedTable
{
    /// <summary>Begins each line of the report.</summary>
    public const string Mark = "SPEED ";

    /// <summary>Prints a table of times: below 1 is faster than the one that is compared with.</summary>
    /// <param name="what">What was done.</param>
    /// <param name="machines">Their names; each is compared with the first one's times.</param>
    /// <param name="rounds">Of each round each machine's seconds.</param>
    public static void PrintRatio(string what, IReadOnlyList<string> machines, IReadOnlyList<double[]> rounds)
    {
        Print($"| {what} | median | ratio to {machines[0]} | of the rounds |");
        Print("|---|--:|--:|--:|");
        for (int i = 0; i < machines.Count; i++)
        {
            int machine = i;
            double[] ratios = [.. rounds.Select(round => round[machine] / round[0])];
            double median = Median(rounds.Select(round => round[machine]));
            Print(Invariant($"| {machines[i]} | {median:0.000} s | {Median(ratios):0.00} ")
                + Invariant($"| {ratios.Min():0.00} to {ratios.Max():0.00} |"));
        }

        Print("");
    }

    /// <summary>The heading of the table that <see cref="PrintRow"/> goes on with.</summary>
    public static void PrintHead(IReadOnlyList<string> machines)
    {
        string[] heads = ["what", .. machines, .. Pairs(machines), "exits a request", "interrupts a request"];
        Print($"| {string.Join(" | ", heads)} |");
        Print($"|---|{string.Concat(Enumerable.Repeat("--:|", heads.Length - 1))}");
    }

    /// <summary>Prints rates, and the first machines' rates by the others': above 1 is faster.</summary>
    /// <param name="what">What was done.</param>
    /// <param name="unit">Of the rates.</param>
    /// <param name="machines">The names.</param>
    /// <param name="rate">Of a sample.</param>
    /// <param name="rounds">Of each round each machine's sample.</param>
    public static void PrintRow(
        string what, string unit, IReadOnlyList<string> machines, Func<Sample, double> rate,
        IReadOnlyList<Sample[]> rounds)
    {
        int[] all = [.. Enumerable.Range(0, machines.Count)];
        IEnumerable<string> rates = all.Select(
            i => Invariant($"{Median(rounds.Select(round => rate(round[i]))):#,0.0} {unit}"));
        IEnumerable<string> ratios = IndexPairs(machines).Select(pair =>
        {
            double[] each = [.. rounds.Select(round => rate(round[pair.Ours]) / rate(round[pair.Theirs]))];
            return Invariant($"{Median(each):0.00} ({each.Min():0.00} to {each.Max():0.00})");
        });
        string exits = PerRequest(sample => sample.Exits);
        string interrupts = PerRequest(sample => sample.Interrupts);
        Print($"| {what} | {string.Join(" | ", rates)} | {string.Join(" | ", ratios)} | {exits} | {interrupts} |");

        string PerRequest(Func<Sample, long> count) => string.Join(" / ", all.Select(i => Invariant(
            $"{Median(rounds.Select(round => (double)count(round[i]) / round[i].Operations)):0.00}")));
    }

    /// <summary>Prints a line of the report.</summary>
    public static void Print(string line) => Console.Out.WriteLine(Mark + line);

    private static bool IsOurs(string machine) => machine.StartsWith("LinuxVm", StringComparison.Ordinal);

    // Like is compared with like: of registers in memory each interrupt takes two exits more.
    private static bool IsPci(string machine) => machine is "LinuxVm pci" or "q35";

    private static IEnumerable<(int Ours, int Theirs)> IndexPairs(IReadOnlyList<string> machines) =>
        from ours in Enumerable.Range(0, machines.Count)
        from theirs in Enumerable.Range(0, machines.Count)
        where IsOurs(machines[ours]) && !IsOurs(machines[theirs])
        where IsPci(machines[ours]) == IsPci(machines[theirs])
        select (ours, theirs);

    private static IEnumerable<string> Pairs(IReadOnlyList<string> machines) =>
        IndexPairs(machines).Select(pair => $"{machines[pair.Ours]} / {machines[pair.Theirs]}");

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
