using KvmInterop.HeaderScraper.Macros;

namespace KvmInterop.HeaderScraper.Functions;

/// <summary>Expands macros as C's preprocessor does (C11 6.10.3), with parameters left open.</summary>
internal sealed class MacroExpander(MacroTable macros, Func<string, MacroValue?> predefined)
{
    private const string Variadic = "__VA_ARGS__";

    /// <summary>Macros that name each other can grow without end in practice, if not in theory.</summary>
    private const int MaxTokens = 20_000;

    /// <summary>
    /// The parameters that a macro has for its user. One that only hands all its arguments on to another has
    /// that one's.
    /// </summary>
    public List<string> ParametersOf(Macro macro)
    {
        int at = macro.Body.IndexOf(Variadic);
        if (at < 0)
        {
            return macro.Parameters!;
        }

        bool handsOn = macro.Parameters!.Count == 0 && macro.Body.LastIndexOf(Variadic) == at && at >= 2
            && at + 1 < macro.Body.Count && macro.Body[at - 1] == "(" && macro.Body[at + 1] == ")";
        return handsOn && macros.Find(macro.Body[at - 2]) is { Parameters.Count: > 0 } target
            && !target.Body.Contains(Variadic)
            ? target.Parameters
            : throw new UntranslatableException("takes any number of arguments");
    }

    /// <summary>The macro's body with everything in it expanded but its own parameters.</summary>
    public List<CToken> Expand(Macro macro, List<string> parameters)
    {
        List<List<CToken>> arguments =
            parameters.ConvertAll(name => new List<CToken> { CToken.Parameter(name) });
        return Expand(Substitute(macro, arguments, null));
    }

    private List<CToken> Expand(List<CToken> tokens)
    {
        List<CToken> done = [];

        // Read from the end, so that what a macro becomes can be read next.
        Stack<CToken> rest = new(Enumerable.Reverse(tokens));
        while (rest.TryPop(out CToken? token))
        {
            Macro? macro = token.IsName && !HiddenMacros.Contains(token.Hidden, token.Text)
                ? macros.Find(token.Text)
                : null;
            if (macro is null || macro.Name == "offsetof"
                || (macro.Parameters is not null && (!rest.TryPeek(out CToken? next) || next.Text != "(")))
            {
                done.Add(token);
                continue;
            }

            if (macro.IsPredefined)
            {
                done.AddRange(ValueOf(macro.Name));
                continue;
            }

            List<List<CToken>> arguments = macro.Parameters is null ? [] : TakeArguments(rest, macro.Name);
            List<CToken> body = Substitute(macro, arguments, token.Hidden);
            if (done.Count + rest.Count + body.Count > MaxTokens)
            {
                throw new UntranslatableException("expands to too much");
            }

            for (int i = body.Count - 1; i >= 0; i--)
            {
                rest.Push(body[i]);
            }
        }

        return done;
    }

    private IEnumerable<CToken> ValueOf(string name)
    {
        MacroValue value = predefined(name) is { Type: not "string" } found
            ? found
            : throw new UntranslatableException($"needs {name}, which is the compiler's own");
        string suffix = value.Type switch
        {
            "u32" => "U",
            "ulong" or "u64" => "UL",
            "slong" or "s64" => "L",
            _ => "",
        };
        string[] texts = value.Value[0] == '-'
            ? ["(", "-", value.Value[1..] + suffix, ")"]
            : [value.Value + suffix];
        return texts.Select(text => new CToken(text, false, null));
    }

    private static List<List<CToken>> TakeArguments(Stack<CToken> rest, string name)
    {
        rest.Pop();
        List<List<CToken>> arguments = [[]];
        int depth = 0;
        while (rest.TryPop(out CToken? token))
        {
            if (token.Text == ")" && depth == 0)
            {
                return arguments;
            }

            depth += token.Text switch { "(" => 1, ")" => -1, _ => 0 };
            if (token.Text == "," && depth == 0)
            {
                arguments.Add([]);
            }
            else
            {
                arguments[^1].Add(token);
            }
        }

        throw new UntranslatableException($"uses {name} without the end of its arguments");
    }

    private List<CToken> Substitute(Macro macro, List<List<CToken>> arguments, HiddenMacros? outer)
    {
        HiddenMacros hidden = new(macro.Name, outer);
        Dictionary<string, List<CToken>> values = Bind(macro, arguments);
        List<CToken> result = [];
        for (int i = 0; i < macro.Body.Count; i++)
        {
            string text = macro.Body[i];
            bool pastes = i > 0 && macro.Body[i - 1] == "##";
            bool isPasted = i + 1 < macro.Body.Count && macro.Body[i + 1] == "##";
            if (text == "##")
            {
                continue;
            }

            if (text == "#" && macro.Parameters is not null)
            {
                throw new UntranslatableException("makes a text of its parameter");
            }

            List<CToken> piece = values.TryGetValue(text, out List<CToken>? argument)
                ? pastes || isPasted ? argument : Expand(argument)
                : [new CToken(text, false, hidden)];
            piece = [.. piece.Select(token => token.IsParameter
                ? token
                : token with { Hidden = Join(token.Hidden, hidden) })];
            if (pastes)
            {
                Paste(result, piece, hidden);
            }
            else
            {
                result.AddRange(piece);
            }
        }

        return result;
    }

    private static Dictionary<string, List<CToken>> Bind(Macro macro, List<List<CToken>> arguments)
    {
        Dictionary<string, List<CToken>> values = [];
        if (macro.Parameters is null)
        {
            return values;
        }

        bool any = macro.Body.Contains(Variadic);
        bool none = macro.Parameters.Count == 0 && arguments is [] or [{ Count: 0 }];
        if (!none && (any ? arguments.Count < macro.Parameters.Count
            : arguments.Count != macro.Parameters.Count))
        {
            throw new UntranslatableException(
                $"gives {macro.Name} another number of arguments than it takes");
        }

        for (int i = 0; i < macro.Parameters.Count; i++)
        {
            values[macro.Parameters[i]] = arguments[i];
        }

        if (any)
        {
            List<CToken> rest = [];
            foreach (List<CToken> argument in arguments.Skip(macro.Parameters.Count))
            {
                rest.AddRange(rest.Count > 0 ? [new CToken(",", false, null)] : []);
                rest.AddRange(argument);
            }

            values[Variadic] = rest;
        }

        return values;
    }

    private static void Paste(List<CToken> result, List<CToken> piece, HiddenMacros hidden)
    {
        if (result.Count == 0 || piece.Count == 0)
        {
            result.AddRange(piece);
            return;
        }

        CToken left = result[^1];
        if ((left.IsParameter ? left : piece[0]) is { IsParameter: true } parameter)
        {
            throw new UntranslatableException(
                $"pastes its parameter {parameter.Text} into a name, which a value cannot be");
        }

        result[^1] = new CToken(left.Text + piece[0].Text, false, hidden);
        result.AddRange(piece.Skip(1));
    }

    private static HiddenMacros? Join(HiddenMacros? own, HiddenMacros body)
    {
        HiddenMacros? joined = own;
        for (HiddenMacros? each = body; each is not null; each = each.Outer)
        {
            joined = HiddenMacros.Contains(joined, each.Name) ? joined : new HiddenMacros(each.Name, joined);
        }

        return joined;
    }
}
