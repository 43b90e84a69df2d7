using System.Text.RegularExpressions;

namespace KvmInterop.HeaderScraper.Verify;

/// <summary>
/// Finds structs, unions, enums and their members' names by brackets, commas and semicolons alone, so that
/// it shares no mistake with a parser. Members of anonymous members count as their parent's, as in C.
/// </summary>
internal sealed partial class DeclarationScanner
{
    private readonly List<string> tokens;
    private int position;

    private DeclarationScanner(string text)
    {
        string plain = AttributePattern().Replace(text, " ");
        tokens = [.. TokenPattern().Matches(plain).Select(match => match.Value)];
    }

    /// <summary>Tag of a struct or union -> paths of its members (<c>io</c>, <c>io.port</c>).</summary>
    public Dictionary<string, List<string>> Records { get; } = new(StringComparer.Ordinal);

    /// <summary>Every enum constant, with the tag of its enum or an empty string.</summary>
    public Dictionary<string, string> EnumMembers { get; } = new(StringComparer.Ordinal);

    private string Current => tokens[position];

    public static DeclarationScanner Scan(string text)
    {
        var scanner = new DeclarationScanner(text);
        while (scanner.position < scanner.tokens.Count)
        {
            if (!scanner.TryBody(out _, out _))
            {
                scanner.position++;
            }
        }

        return scanner;
    }

    // struct|union|enum [tag] { ... }: leaves the position behind the closing bracket.
    private bool TryBody(out string tag, out List<string> members)
    {
        tag = "";
        members = [];
        int next = position + 1;
        if (Current is not ("struct" or "union" or "enum") || next >= tokens.Count)
        {
            return false;
        }

        if (tokens[next] != "{")
        {
            tag = tokens[next++];
        }

        if (next >= tokens.Count || tokens[next] != "{")
        {
            return false;
        }

        bool isEnum = Current == "enum";
        position = next + 1;
        if (isEnum)
        {
            ReadEnumMembers(tag);
            return true;
        }

        while (Current != "}")
        {
            ReadMember(members);
        }

        position++;
        if (tag.Length > 0)
        {
            Records.Add(tag, members);
        }

        return true;
    }

    private void ReadEnumMembers(string tag)
    {
        bool atName = true;
        int depth = 0;
        for (; depth > 0 || Current != "}"; position++)
        {
            if (atName)
            {
                EnumMembers.Add(Current, tag);
                atName = false;
            }
            else if (Current == "," && depth == 0)
            {
                atName = tokens[position + 1] != "}";
            }

            depth += Current switch { "(" => 1, ")" => -1, _ => 0 };
        }

        position++;
    }

    private void ReadMember(List<string> members)
    {
        bool hasBody = TryBody(out string tag, out List<string> inner);
        var declarator = new List<string>();
        if (hasBody)
        {
            // Stands for the type, so that what follows reads like any declarator.
            declarator.Add("type");
        }

        bool first = true;
        int depth = 0;
        for (; ; position++)
        {
            if (depth == 0 && Current is ";" or ",")
            {
                string name = NameIn(declarator, first);
                AddMember(members, name, hasBody && tag.Length == 0 ? inner : []);
                declarator.Clear();
                first = false;
                if (Current == ";")
                {
                    position++;
                    return;
                }

                continue;
            }

            depth += Current switch { "(" or "[" => 1, ")" or "]" => -1, _ => 0 };
            declarator.Add(Current);
        }
    }

    private static void AddMember(List<string> members, string name, List<string> inner)
    {
        if (name.Length > 0)
        {
            members.Add(name);
        }

        members.AddRange(inner.Select(member => name.Length > 0 ? $"{name}.{member}" : member));
    }

    // The last word before an array's length or a bit-field's width; a lone word is a type without a name.
    private static string NameIn(List<string> declarator, bool withType)
    {
        int end = declarator.FindIndex(token => token is "[" or ":");
        List<string> words = [.. declarator.Take(end < 0 ? declarator.Count : end)
            .Where(token => char.IsAsciiLetter(token[0]) || token[0] == '_')];
        return words.Count > (withType ? 1 : 0) ? words[^1] : "";
    }

    [GeneratedRegex(@"\w+|[^\w\s]")]
    private static partial Regex TokenPattern();

    // __attribute__((...)), whose own brackets nest at most once more: aligned(8), vector_size(16).
    [GeneratedRegex(@"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)")]
    private static partial Regex AttributePattern();
}
