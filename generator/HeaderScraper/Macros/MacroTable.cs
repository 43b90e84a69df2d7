using ClangSharp.Interop;
using KvmInterop.HeaderScraper.Clang;

namespace KvmInterop.HeaderScraper.Macros;

/// <summary>All macros of a unit by name; a definition is read when it is asked for.</summary>
internal sealed class MacroTable
{
    private readonly ParsedUnit unit;
    private readonly Dictionary<string, CXCursor> cursors;
    private readonly Dictionary<string, Macro> read = [];

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

    /// <summary>Null for a name that is no macro.</summary>
    public Macro? Find(string name)
    {
        if (read.TryGetValue(name, out Macro? macro) || !cursors.TryGetValue(name, out CXCursor cursor))
        {
            return macro;
        }

        HeaderFile header = unit.Locate(cursor, out int offset);
        macro = header.Name.Length == 0
            ? new Macro(name, "", null, [])
            : Macro.Parse(name, header.Name, cursor.IsMacroFunctionLike, unit.TextOf(header), offset);
        read.Add(name, macro);
        return macro;
    }
}
