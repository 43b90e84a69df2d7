using System.Text.Json;
using JsonArray = System.Text.Json.Nodes.JsonArray;
using JsonNode = System.Text.Json.Nodes.JsonNode;
using JsonObject = System.Text.Json.Nodes.JsonObject;
using JsonValue = System.Text.Json.Nodes.JsonValue;

namespace KvmInterop.Tests.Generator.Harness;

/// <summary>Writes an ioctls.json, which in the project only people do.</summary>
internal static class KnowledgeText
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static string Json(this KnowledgeDocument document)
    {
        JsonObject root = new()
        {
            ["schema"] = 1,
            ["ioctls"] = new JsonArray([.. document.Ioctls.Select(Row)]),
            ["flexible"] = new JsonArray([.. document.Flexible.Select(Row)]),
            ["registers"] = new JsonArray([.. document.Registers.Select(Row)]),
        };
        return root.ToJsonString(Indented);
    }

    private static JsonNode Row(IoctlKnowledge row) => new JsonObject
    {
        ["name"] = row.Name,
        ["fds"] = Texts(row.Fds),
        ["argument"] = new JsonObject
        {
            ["kind"] = row.Argument,
            ["name"] = row.ArgumentName,
            ["type"] = row.ArgumentType,
        },
        ["result"] = row.Result,
        ["capabilities"] = Texts(row.Capabilities),
        ["architectures"] = Texts(row.Architectures),
        ["section"] = row.Section,
        ["summary"] = row.Summary,
    };

    private static JsonNode Row(FlexibleKnowledge row) => new JsonObject
    {
        ["record"] = row.Record,
        ["array"] = row.Array,
        ["count"] = row.Count,
        ["unit"] = row.Unit,
    };

    private static JsonNode Row(RegisterKnowledge row) => new JsonObject
    {
        ["name"] = row.Name,
        ["index"] = row.Index,
        ["constants"] = Texts(row.Constants),
    };

    private static JsonArray Texts(EquatableArray<string> texts) =>
        new([.. texts.Select(text => JsonValue.Create(text))]);
}
