using ClangSharp.Interop;
using KvmInterop.HeaderScraper.Clang;

namespace KvmInterop.HeaderScraper.Macros;

/// <summary>All macros of a unit by name; a definition is read when it is asked for.</summary>
internal sealed class MacroTable
{
    private readonly ParsedUnit unit;
    private readonly Dictionary<string, CXCursor> cursors;
    private readonly Dictionary<string, Macro> read = [];
    private readonly Dictionary<string, bool> contained = [];

    /// <summary>The macros that the KVM headers themselves define, in ordinal order.</summary>
    private readonly List<string> kvm = [];

    public MacroTable(ParsedUnit unit, List<CXCursor> definitions)
    {
        this.unit = unit;
        cursors = new Dictionary<string, CXCursor>(definitions.Count);
        foreach (CXCursor definition in definitions)
        {
            string name = definition.Name();
            if (cursors.TryAdd(name, definition))
            {
                if (unit.Locate(definition, out _).IsKvm)
                {
                    kvm.Add(name);
                }
            }
            else
            {
                cursors[name] = definition;
            }
        }

        kvm.Sort(StringComparer.Ordinal);
    }

    public IReadOnlyList<string> KvmNames => kvm;

    public bool Contains(string name) => cursors.ContainsKey(name);

    /// <summary>
    /// Whether all that a macro expands to closes its brackets, so that its use in a unit of ours cannot swallow
    /// what stands after it.
    /// </summary>
    public bool IsContained(Macro macro)
    {
        if (contained.TryGetValue(macro.Name, out bool known))
        {
            return known;
        }

        // Said before the body is looked at: a macro is not expanded again inside itself.
        contained[macro.Name] = true;
        bool result = macro.IsBalanced();
        for (int i = 0; result && i < macro.Body.Count; i++)
        {
            result = !MacroLexer.IsIdentifierStart(macro.Body[i][0])
                || Find(macro.Body[i]) is not { } inner || IsContained(inner);
        }

        contained[macro.Name] = result;
        return result;
    }

    /// <summary>The macros of the compiler itself that a macro comes down to: their bodies are nowhere to
    /// read.</summary>
    public IEnumerable<string> PredefinedIn(Macro macro)
    {
        HashSet<string> visited = [macro.Name];
        Queue<Macro> rest = new([macro]);
        while (rest.TryDequeue(out Macro? next))
        {
            foreach (string token in next.Body)
            {
                if (MacroLexer.IsIdentifierStart(token[0]) && visited.Add(token) && Find(token) is { } inner)
                {
                    rest.Enqueue(inner);
                    if (inner.IsPredefined)
                    {
                        yield return inner.Name;
                    }
                }
            }
        }
    }

    /// <summary>Null for a name that is no macro.</summary>
    public Macro? Find(string name)
    {
        if (read.TryGetValue(name, out Macro? macro) || !cursors.TryGetValue(name, out CXCursor cursor))
        {
            return macro;
        }

        HeaderFile header = unit.Locate(cursor, out int offset);
        if (header.Name.Length == 0)
        {
            macro = new Macro(name, "", null, []);
        }
        else
        {
            // Of a macro that was undefined again, libclang no longer knows that it had parameters.
            ReadOnlySpan<byte> text = unit.TextOf(header);
            int end = offset + name.Length;
            bool functionLike = cursor.IsMacroFunctionLike || (end < text.Length && text[end] == '(');
            macro = Macro.Parse(name, header.Name, functionLike, text, offset);
        }

        read.Add(name, macro);
        return macro;
    }
}
