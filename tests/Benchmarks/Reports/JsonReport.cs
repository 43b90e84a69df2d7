using System.Text.Json;
using System.Text.Json.Nodes;
using KvmInterop.Tests.Benchmarks.Scale;

namespace KvmInterop.Tests.Benchmarks.Reports;

/// <summary>Every measurement, for a later run to be compared with.</summary>
internal static class JsonReport
{
    /// <summary>The member that names the format.</summary>
    public const string FormatMember = "format";

    /// <summary>Changes with what <see cref="SavedRun"/> can read.</summary>
    public const string Format = "kvminterop-bench-1";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static void Write(BenchmarkRun run, string file)
    {
        var root = new JsonObject
        {
            [FormatMember] = Format,
            ["machine"] = run.Machine,
            ["release"] = run.Release,
            ["when"] = run.When,
            ["runs"] = run.Runs,
            ["results"] = new JsonArray([.. run.Results.Select(Result)]),
            ["scales"] = ScaleReports.Json(run.Scales),
        };
        File.WriteAllText(file, root.ToJsonString(Indented) + "\n");
    }

    private static JsonObject Result(PairResult result)
    {
        var node = new JsonObject { ["name"] = result.Pair.Name, ["goal"] = Number(result.Pair.Goal) };
        if (result.Pair.Missing is { } reason)
        {
            node["notMeasured"] = reason;
            return node;
        }

        node["ratio"] = Number(result.Ratio);
        node["processorRatio"] = Number(result.ProcessorRatio);
        if (result.Allocated is double bytes)
        {
            node["allocatedBytes"] = bytes;
        }

        if (result.Remark is { } remark)
        {
            node["remark"] = remark;
        }

        node["unit"] = result.Pair.Unit;
        node["ours"] = Side(result.Pair.Ours, result.Ours);
        node["theirs"] = Side(result.Pair.Theirs, result.Theirs);
        return node;
    }

    // JSON has no NaN; what stands alone has neither ratio nor goal.
    private static JsonValue? Number(double value) => double.IsNaN(value) ? null : JsonValue.Create(value);

    private static JsonObject Side(string label, Samples samples) => new()
    {
        ["label"] = label,
        ["elapsed"] = Values(samples.Elapsed),
        ["processor"] = Values(samples.Processor),
    };

    private static JsonArray Values(Series series) =>
        new([.. series.Values.Select(value => JsonValue.Create(Math.Round(value, 3)))]);
}
