using System.Text.Json;
using System.Text.Json.Nodes;

namespace KvmInterop.Tests.Benchmarks.Reports;

/// <summary>A run that <see cref="JsonReport"/> wrote.</summary>
/// <param name="Results">By the name of what was measured; what was not is not there.</param>
internal sealed record SavedRun(
    string Machine, string Release, DateTimeOffset When, IReadOnlyDictionary<string, SavedResult> Results)
{
    /// <exception cref="SavedRunException">There is no such file, or none of a run.</exception>
    public static SavedRun Read(string file)
    {
        try
        {
            JsonNode root = JsonNode.Parse(File.ReadAllText(file))
                ?? throw new FormatException("it is empty");
            string format = Text(root, JsonReport.FormatMember);
            if (format != JsonReport.Format)
            {
                throw new FormatException($"its format is '{format}' and not '{JsonReport.Format}'");
            }

            var results = new Dictionary<string, SavedResult>(StringComparer.Ordinal);
            foreach (JsonNode? node in Member(root, "results").AsArray())
            {
                if (node is not null && node["notMeasured"] is null)
                {
                    results[Text(node, "name")] = ReadResult(node);
                }
            }

            return new SavedRun(
                Text(root, "machine"), Text(root, "release"), Member(root, "when").GetValue<DateTimeOffset>(),
                results);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new SavedRunException($"there is no file {file} to compare with; make one with --save");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SavedRunException($"{file} cannot be read: {e.Message}");
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new SavedRunException(
                $"{file} is no saved run ({e.Message.TrimEnd('.')}); make one with --save");
        }
    }

    private static SavedResult ReadResult(JsonNode node)
    {
        JsonNode ours = Member(node, "ours");
        return new SavedResult(
            Text(node, "unit"),
            new Series(Member(ours, "elapsed").AsArray().Select(value => value?.GetValue<double>()
                ?? throw new FormatException("a measurement is missing"))),
            node["ratio"]?.GetValue<double>(),
            node["allocatedBytes"]?.GetValue<double>());
    }

    private static JsonNode Member(JsonNode node, string name) =>
        node[name] ?? throw new FormatException($"'{name}' is missing");

    private static string Text(JsonNode node, string name) => Member(node, name).GetValue<string>();
}

/// <param name="Elapsed">Of our side.</param>
/// <param name="Ratio">To the other side, where there is one.</param>
/// <param name="Allocated">Managed bytes for each, where that was measured.</param>
internal sealed record SavedResult(string Unit, Series Elapsed, double? Ratio, double? Allocated);

/// <summary>A file with a saved run is not there or broken; the message is for the user.</summary>
internal sealed class SavedRunException(string message) : Exception(message);
