namespace KvmInterop.HeaderScraper.Macros;

/// <summary>A macro's definition, taken apart.</summary>
/// <param name="Parameters">Null for an object-like macro.</param>
/// <param name="Body">Its tokens; none for an empty one.</param>
internal sealed record Macro(string Name, string Header, List<string>? Parameters, List<string> Body)
{
    /// <summary>Whether it is the compiler's own, so that the body is unknown and none here.</summary>
    public bool IsPredefined => Header.Length == 0;

    public static Macro Parse(
        string name, string header, bool functionLike, ReadOnlySpan<byte> text, int offset)
    {
        List<string> tokens = MacroLexer.Read(text, offset + name.Length);
        if (!functionLike)
        {
            return new Macro(name, header, null, tokens);
        }

        int close = tokens.IndexOf(")");
        return new Macro(
            name, header, tokens[..(close + 1)].FindAll(token => MacroLexer.IsIdentifierStart(token[0])),
            tokens[(close + 1)..]);
    }

    /// <summary>The body without the parentheses around the whole of it.</summary>
    public ReadOnlySpan<string> Bare()
    {
        ReadOnlySpan<string> tokens = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(Body);
        while (tokens.Length > 2 && tokens[0] == "(" && ClosingOf(tokens, 0) == tokens.Length - 1)
        {
            tokens = tokens[1..^1];
        }

        return tokens;
    }

    /// <summary>Whether every bracket of the body is closed in it, so that it cannot reach beyond its use.</summary>
    public bool IsBalanced()
    {
        Stack<string> open = [];
        foreach (string token in Body)
        {
            switch (token)
            {
                case "(" or "[" or "{":
                    open.Push(token);
                    break;
                case ")" or "]" or "}":
                    if (!open.TryPop(out string? opening) || opening + token is not ("()" or "[]" or "{}"))
                    {
                        return false;
                    }

                    break;
            }
        }

        return open.Count == 0;
    }

    /// <summary>Index of the bracket that closes the one at <paramref name="open"/>; -1 when none
    /// does.</summary>
    public static int ClosingOf(ReadOnlySpan<string> tokens, int open)
    {
        int depth = 0;
        for (int i = open; i < tokens.Length; i++)
        {
            depth += tokens[i] switch
            {
                "(" or "[" or "{" => 1,
                ")" or "]" or "}" => -1,
                _ => 0,
            };
            if (depth == 0)
            {
                return i;
            }
        }

        return -1;
    }
}
