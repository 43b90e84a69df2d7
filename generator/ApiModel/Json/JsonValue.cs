namespace KvmInterop.ApiModel;

internal enum JsonKind
{
    Object,
    Array,
    String,
    Number,
    Literal,
}

/// <summary>A JSON value that knows where it stands in its text.</summary>
/// <remarks>
/// Own code because it runs inside the compiler, where a generator may bring no dependency, and because
/// errors have to
/// name the exact characters, which the readers of the framework do not tell for a value already read.
/// </remarks>
internal sealed class JsonValue(JsonKind kind, int start, int end, string text, List<JsonMember> members)
{
    private static readonly List<JsonMember> None = [];

    public JsonValue(JsonKind kind, int start, int end, string text)
        : this(kind, start, end, text, None)
    {
    }

    public JsonKind Kind => kind;

    public int Start => start;

    public int End => end;

    /// <summary>The decoded string, or the characters of a number or literal.</summary>
    public string Text => text;

    /// <summary>Members of an object; elements of an array, without names.</summary>
    public List<JsonMember> Members => members;

    public ReadException Error(string message) => new(message, Start, End);
}

/// <summary>A member of an object.</summary>
internal readonly struct JsonMember(string name, int start, int end, JsonValue value)
{
    public string Name => name;

    public int Start => start;

    public int End => end;

    public JsonValue Value => value;
}
