using System.Globalization;

namespace KvmInterop.ApiModel;

/// <summary>Takes an object's members one by one; what nobody took is unknown, and an error.</summary>
internal sealed class JsonObject
{
    private readonly JsonValue value;
    private readonly string what;
    private readonly bool[] taken;

    /// <param name="what">How errors call the object: <c>a record</c>.</param>
    public JsonObject(JsonValue value, string what)
    {
        if (value.Kind != JsonKind.Object)
        {
            throw value.Error($"{what} has to be an object");
        }

        this.value = value;
        this.what = what;
        taken = new bool[value.Members.Count];
    }

    public JsonValue? Optional(string name)
    {
        for (int i = 0; i < taken.Length; i++)
        {
            if (value.Members[i].Name == name)
            {
                taken[i] = true;
                return value.Members[i].Value;
            }
        }

        return null;
    }

    public JsonValue Required(string name) => Optional(name)
        ?? throw new ReadException($"{what} needs the member \"{name}\"", value.Start, value.Start + 1);

    public string String(string name) => TextOf(Required(name), name);

    public string StringOr(string name, string fallback) =>
        Optional(name) is { } found ? TextOf(found, name) : fallback;

    public string OneOf(string name, string[] allowed)
    {
        JsonValue found = Required(name);
        string text = TextOf(found, name);
        return Array.IndexOf(allowed, text) >= 0
            ? text
            : throw found.Error($"\"{name}\" has to be one of {string.Join(", ", allowed)}");
    }

    /// <summary>The digits of an integer of 64 bits, signed or unsigned.</summary>
    public string Integer(string name)
    {
        JsonValue found = Required(name);
        bool fits = found.Kind == JsonKind.Number && (found.Text[0] == '-'
            ? long.TryParse(found.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)
            : ulong.TryParse(found.Text, NumberStyles.None, CultureInfo.InvariantCulture, out _));
        return fits ? found.Text : throw found.Error($"\"{name}\" has to be an integer of at most 64 bits");
    }

    /// <summary>A number that counts something: neither negative nor above
    /// <paramref name="maximum"/>.</summary>
    public long Count(string name, long maximum) => CountOf(Required(name), name, maximum);

    public long? OptionalCount(string name, long maximum) =>
        Optional(name) is { } found ? CountOf(found, name, maximum) : null;

    public List<JsonMember> Elements(string name) => ElementsOf(Required(name), name);

    public List<JsonMember> OptionalElements(string name) =>
        Optional(name) is { } found ? ElementsOf(found, name) : [];

    public EquatableArray<string> Strings(string name, string[]? allowed, bool required)
    {
        if ((required ? Required(name) : Optional(name)) is not { } found)
        {
            return EquatableArray<string>.Empty;
        }

        List<string> texts = [];
        foreach (JsonMember element in ElementsOf(found, name))
        {
            string text = TextOf(element.Value, name);
            if (allowed is not null && Array.IndexOf(allowed, text) < 0)
            {
                throw element.Value.Error($"\"{name}\" may hold {string.Join(", ", allowed)}");
            }

            texts.Add(!texts.Contains(text) ? text : throw element.Value.Error($"\"{text}\" is there twice"));
        }

        return new EquatableArray<string>(texts);
    }

    /// <summary>To be called when all known members are taken.</summary>
    public void End()
    {
        for (int i = 0; i < taken.Length; i++)
        {
            if (!taken[i])
            {
                JsonMember member = value.Members[i];
                throw new ReadException(
                    $"\"{member.Name}\" is not a member that {what} has", member.Start, member.End);
            }
        }
    }

    private static string TextOf(JsonValue found, string name) => found.Kind == JsonKind.String
        ? found.Text
        : throw found.Error($"\"{name}\" has to be a string");

    private static long CountOf(JsonValue found, string name, long maximum) =>
        found.Kind == JsonKind.Number
        && long.TryParse(found.Text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
        && number <= maximum
            ? number
            : throw found.Error($"\"{name}\" has to be an integer from 0 to {maximum}");

    private static List<JsonMember> ElementsOf(JsonValue found, string name) => found.Kind == JsonKind.Array
        ? found.Members
        : throw found.Error($"\"{name}\" has to be an array");
}
