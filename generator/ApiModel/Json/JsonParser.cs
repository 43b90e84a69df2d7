namespace KvmInterop.ApiModel;

/// <summary>RFC 8259 without leniency: no comments, no trailing commas, no member twice in an
/// object.</summary>
internal sealed partial class JsonParser
{
    /// <summary>Deeper than any document of ours, shallow enough for every thread's stack.</summary>
    private const int MaximumDepth = 64;

    private readonly string text;
    private int position;

    private JsonParser(string text) => this.text = text;

    public static JsonValue Parse(string text)
    {
        JsonParser parser = new(text);
        JsonValue value = parser.ParseValue(0);
        parser.SkipSpace();
        if (parser.position < text.Length)
        {
            throw parser.ErrorHere("the document goes on after its end");
        }

        return value;
    }

    private JsonValue ParseValue(int depth)
    {
        SkipSpace();
        if (depth > MaximumDepth)
        {
            throw ErrorHere($"values are nested deeper than {MaximumDepth} levels");
        }

        char c = Peek();
        return c switch
        {
            '{' => ParseObject(depth),
            '[' => ParseArray(depth),
            '"' => ParseString(),
            '-' or (>= '0' and <= '9') => ParseNumber(),
            >= 'a' and <= 'z' => ParseLiteral(),
            _ => throw Expected("a value"),
        };
    }

    private JsonValue ParseObject(int depth)
    {
        int start = position++;
        List<JsonMember> members = [];
        while (!TryClose('}', members.Count == 0))
        {
            SkipSpace();
            if (Peek() != '"')
            {
                throw Expected("a member's name in double quotes");
            }

            JsonValue name = ParseString();
            foreach (JsonMember member in members)
            {
                if (member.Name == name.Text)
                {
                    throw name.Error($"the member \"{name.Text}\" is there twice");
                }
            }

            Require(':');
            members.Add(new JsonMember(name.Text, name.Start, name.End, ParseValue(depth + 1)));
        }

        return new JsonValue(JsonKind.Object, start, position, "", members);
    }

    private JsonValue ParseArray(int depth)
    {
        int start = position++;
        List<JsonMember> elements = [];
        while (!TryClose(']', elements.Count == 0))
        {
            JsonValue value = ParseValue(depth + 1);
            elements.Add(new JsonMember("", value.Start, value.End, value));
        }

        return new JsonValue(JsonKind.Array, start, position, "", elements);
    }

    /// <summary>Passes the closing bracket, or the comma that has to stand before all elements but the
    /// first.</summary>
    private bool TryClose(char bracket, bool first)
    {
        SkipSpace();
        char c = Peek();
        if (c == bracket)
        {
            position++;
            return true;
        }

        if (first)
        {
            return false;
        }

        if (c != ',')
        {
            throw Expected($"a comma or '{bracket}'");
        }

        position++;
        return false;
    }

    private void Require(char c)
    {
        SkipSpace();
        if (Peek() != c)
        {
            throw Expected($"'{c}'");
        }

        position++;
    }

    private void SkipSpace()
    {
        while (position < text.Length && text[position] is ' ' or '\n' or '\r' or '\t')
        {
            position++;
        }
    }

    private char Peek() => position < text.Length ? text[position] : '\0';

    private ReadException Expected(string what) => position < text.Length
        ? ErrorHere($"{what} was expected here")
        : ErrorHere($"the document ends where {what} was expected");

    private ReadException ErrorHere(string message) =>
        new(message, position, Math.Min(position + 1, text.Length));
}
