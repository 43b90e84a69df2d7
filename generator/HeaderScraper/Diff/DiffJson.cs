using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace KvmInterop.HeaderScraper.Diff;

/// <summary>The report for programs: every change, none folded into another (docs/kvmgen.md).</summary>
internal static class DiffJson
{
    private const int SchemaVersion = 1;

    private static readonly JsonWriterOptions Options = new()
    {
        Indented = true,
        NewLine = "\n",
        // The text is a file of its own and never part of a web page: <, > and + may stand as they are.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Of(ModelDiff diff)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, Options))
        {
            json.WriteStartObject();
            json.WriteNumber("schema", SchemaVersion);
            WriteSide(json, "old", diff.Old);
            WriteSide(json, "new", diff.New);
            WriteStrings(json, "architectures", diff.Architectures);
            json.WriteBoolean("breaks", diff.IsBreaking);
            WriteSummary(json, diff);
            json.WriteStartArray("changes");
            foreach (Reported one in diff.Changes)
            {
                WriteChange(json, one);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static void WriteSide(Utf8JsonWriter json, string name, DiffSide side)
    {
        json.WriteStartObject(name);
        json.WriteString("name", side.Name);
        json.WriteString("linux", side.Version);
        json.WriteEndObject();
    }

    private static void WriteSummary(Utf8JsonWriter json, ModelDiff diff)
    {
        json.WriteStartObject("summary");
        foreach (ChangeKind kind in Enum.GetValues<ChangeKind>())
        {
            json.WriteNumber(ChangeWords.Of(kind), diff.Changes.Count(one => one.Change.Kind == kind));
        }

        json.WriteNumber("breakSource", Count(diff, Breaks.Source));
        json.WriteNumber("breakBinary", Count(diff, Breaks.Binary));
        json.WriteNumber("accepted", diff.Changes.Count(one => one.Known is not null));
        json.WriteEndObject();
    }

    private static int Count(ModelDiff diff, Breaks breaks) =>
        diff.Changes.Count(one => one.IsBreaking && one.Change.Breaks.HasFlag(breaks));

    private static void WriteChange(Utf8JsonWriter json, Reported one)
    {
        Change change = one.Change;
        json.WriteStartObject();
        json.WriteString("change", ChangeWords.Of(change.Kind));
        json.WriteString("subject", ChangeWords.Of(change.Subject));
        json.WriteString("name", change.Name);
        WriteUnlessEmpty(json, "old", change.Old);
        WriteUnlessEmpty(json, "new", change.New);
        WriteStrings(json, "breaks", change.Breaks == Breaks.None ? []
            : ChangeWords.Of(change.Breaks).Split(" and "));
        WriteStrings(json, "architectures", one.Architectures);
        WriteUnlessEmpty(json, "note", change.Note);
        WriteUnlessEmpty(json, "partOf", change.PartOf);
        WriteUnlessEmpty(json, "known", one.Known?.Text ?? "");
        json.WriteEndObject();
    }

    private static void WriteUnlessEmpty(Utf8JsonWriter json, string name, string value)
    {
        if (value.Length > 0)
        {
            json.WriteString(name, value);
        }
    }

    private static void WriteStrings(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }
}
