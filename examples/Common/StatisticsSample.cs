using KvmInterop.Native;

namespace KvmInterop.Examples;

/// <summary>What <c>--stats</c> shows, at one moment: numbers by group and name.</summary>
internal sealed class StatisticsSample
{
    private readonly Dictionary<(string Group, string Name), double> values = [];

    /// <summary>Reads all counters. The kernel's own are refreshed, so one thread at a time.</summary>
    public static StatisticsSample Of(IReadOnlyList<RunLoop> loops, IReadOnlyList<KvmStatistics> kernel)
    {
        StatisticsSample sample = new();
        foreach (RunLoop loop in loops)
        {
            sample.Add("vCPU", $"{loop.Vcpu.Id}", loop.Vcpu.Exits.Total);
            for (int reason = 0; reason < ExitCounters.Reasons; reason++)
            {
                if (loop.Vcpu.Exits[(KvmExitReason)reason] is > 0 and long count)
                {
                    sample.Add("exit", KvmNames.ExitReason((uint)reason) ?? $"reason {reason}", count);
                }
            }
        }

        // vCPUs share their buses: each counts once.
        foreach (Bus bus in loops.SelectMany(loop => new Bus[] { loop.Pio, loop.Mmio }).Distinct())
        {
            foreach (BusRange range in bus.Ranges)
            {
                if (range.Statistics is BusStatistics counted)
                {
                    sample.Add("device", range.ToString(), counted.Reads + counted.Writes);
                }
            }

            if (bus.UnclaimedReads + bus.UnclaimedWrites is > 0 and long unclaimed)
            {
                sample.Add("device", "(none)", unclaimed);
            }
        }

        foreach (KvmStatistics statistics in kernel)
        {
            statistics.Refresh();
            foreach (KvmStatistic each in statistics.All.Where(each => !each.IsHistogram && each.Value > 0))
            {
                sample.Add("kernel", each.Name, each.Value);
            }
        }

        return sample;
    }

    /// <summary>The names of a group, with what grew most first.</summary>
    public IEnumerable<(string Name, double Total, double Grown)> Rows(
        string group, StatisticsSample? before) =>
        values.Where(pair => pair.Key.Group == group)
            .Select(pair => (pair.Key.Name, Total: pair.Value, Grown: pair.Value - ValueIn(before, pair.Key)))
            .OrderByDescending(row => row.Grown).ThenByDescending(row => row.Total)
            .ThenBy(row => row.Name, StringComparer.Ordinal);

    private static double ValueIn(StatisticsSample? sample, (string Group, string Name) key) =>
        sample?.values.GetValueOrDefault(key) ?? 0;

    private void Add(string group, string name, double value) =>
        values[(group, name)] = values.GetValueOrDefault((group, name)) + value;
}
