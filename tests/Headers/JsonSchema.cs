using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace KvmInterop.Tests.Headers;

/// <summary>
/// The part of JSON Schema 2020-12 that the project's schemas use. A keyword that it does not know is an
/// error, so that nothing can be demanded in a schema without being checked here.
/// </summary>
internal sealed class JsonSchema
{
    // They say something to people, not to validators.
    private static readonly string[] Annotations = ["$schema", "$id", "$defs", "title", "description"];

    private readonly JsonElement root;
    private readonly List<string> errors = [];

    private JsonSchema(JsonElement root) => this.root = root;

    /// <summary>What is wrong with a document, each with its JSON pointer; empty when nothing is.</summary>
    public static IReadOnlyList<string> Validate(string schema, string document)
    {
        using JsonDocument schemaDocument = JsonDocument.Parse(schema);
        using JsonDocument valueDocument = JsonDocument.Parse(document);
        JsonSchema validator = new(schemaDocument.RootElement);
        validator.Check(schemaDocument.RootElement, valueDocument.RootElement, "");
        return validator.errors;
    }

    private bool IsValid(JsonElement schema, JsonElement value)
    {
        int before = errors.Count;
        Check(schema, value, "");
        bool isValid = errors.Count == before;
        errors.RemoveRange(before, errors.Count - before);
        return isValid;
    }

    private void Check(JsonElement schema, JsonElement value, string at)
    {
        if (schema.ValueKind == JsonValueKind.False)
            errors.Add($"{at}: may not be there");
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return;
        foreach (JsonProperty keyword in schema.EnumerateObject())
            CheckKeyword(schema, keyword, value, at);
    }

    private void CheckKeyword(JsonElement schema, JsonProperty keyword, JsonElement value, string at)
    {
        JsonElement demand = keyword.Value;
        switch (keyword.Name)
        {
            case "$ref": Check(Resolve(demand.GetString()!), value, at); break;
            case "type": Demand(TypeOf(value) == demand.GetString(), at, $"is no {demand}"); break;
            case "const": Demand(JsonElement.DeepEquals(demand, value), at, $"is not {demand}"); break;
            case "enum": Demand(IsOneOf(demand, value), at, $"is none of {demand.GetRawText()}"); break;
            case "pattern": Demand(Matches(demand, value), at, $"does not match {demand}"); break;
            case "maxLength": Demand(Length(value) <= demand.GetInt32(), at, $"is over {demand} long"); break;
            case "minItems": Demand(Count(value) >= demand.GetInt32(), at, $"has under {demand}"); break;
            case "uniqueItems": Demand(AreUnique(value), at, "has an item twice"); break;
            case "required": CheckRequired(demand, value, at); break;
            case "properties": CheckProperties(demand, value, at); break;
            case "additionalProperties": CheckAdditional(schema, value, at); break;
            case "items": CheckItems(demand, value, at); break;
            case "if":
                if (schema.TryGetProperty(IsValid(demand, value) ? "then" : "else", out JsonElement next))
                    Check(next, value, at);
                break;
            case "then" or "else": break;
            default: Demand(Annotations.Contains(keyword.Name), at, $"unknown keyword {keyword.Name}"); break;
        }
    }

    private void Demand(bool isMet, string at, string error)
    {
        if (!isMet)
            errors.Add($"{at}: {error}");
    }

    private void CheckRequired(JsonElement names, JsonElement value, string at)
    {
        foreach (string name in names.EnumerateArray().Select(n => n.GetString()!))
            Demand(value.TryGetProperty(name, out _), at, $"lacks {name}");
    }

    private void CheckProperties(JsonElement schemas, JsonElement value, string at)
    {
        foreach (JsonProperty schema in schemas.EnumerateObject())
        {
            if (value.TryGetProperty(schema.Name, out JsonElement member))
                Check(schema.Value, member, $"{at}/{schema.Name}");
        }
    }

    private void CheckAdditional(JsonElement schema, JsonElement value, string at)
    {
        if (schema.GetProperty("additionalProperties").ValueKind != JsonValueKind.False)
            throw new NotSupportedException("additionalProperties other than false");
        JsonElement known = schema.GetProperty("properties");
        foreach (JsonProperty member in value.EnumerateObject())
            Demand(known.TryGetProperty(member.Name, out _), $"{at}/{member.Name}", "is not known");
    }

    private void CheckItems(JsonElement schema, JsonElement value, string at)
    {
        foreach ((int index, JsonElement item) in value.EnumerateArray().Index())
            Check(schema, item, string.Create(CultureInfo.InvariantCulture, $"{at}/{index}"));
    }

    private JsonElement Resolve(string reference)
    {
        JsonElement found = root;
        foreach (string part in reference.Split('/').Skip(1))
            found = found.GetProperty(part);
        return found;
    }

    private static string TypeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind kind => kind.ToString().ToLowerInvariant(),
    };

    private static bool IsOneOf(JsonElement values, JsonElement value) =>
        values.EnumerateArray().Any(v => JsonElement.DeepEquals(v, value));

    private static bool Matches(JsonElement pattern, JsonElement value) =>
        value.ValueKind != JsonValueKind.String || Regex.IsMatch(value.GetString()!, pattern.GetString()!);

    private static int Length(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()!.Length : 0;

    private static int Count(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? value.GetArrayLength() : int.MaxValue;

    private static bool AreUnique(JsonElement value) =>
        value.ValueKind != JsonValueKind.Array
        || value.EnumerateArray().Select(v => v.GetRawText()).Distinct().Count() == value.GetArrayLength();
}
