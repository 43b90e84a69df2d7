using System.Text;
using Microsoft.CodeAnalysis.CSharp;

namespace KvmInterop.Generator.Text;

/// <summary>Makes C# names from C names: the same ones, unless C# forbids them.</summary>
internal static class Identifier
{
    /// <summary>
    /// What every struct inherits: a member of that name would hide it, which is a warning.
    /// </summary>
    private static readonly HashSet<string> Inherited =
    [
        "Equals", "Finalize", "GetHashCode", "GetType", "MemberwiseClone", "ReferenceEquals", "ToString",
    ];

    /// <summary>A name of a member, a constant or a parameter; <c>@</c> goes before a keyword.</summary>
    public static string Of(string name)
    {
        string plain = Plain(name);
        return SyntaxFacts.GetKeywordKind(plain) == SyntaxKind.None ? plain : "@" + plain;
    }

    /// <summary>
    /// A name of a type. There the contextual keywords (record, var, nint ...) are in the way as well.
    /// </summary>
    public static string OfType(string name)
    {
        string plain = Plain(name);
        bool keyword = SyntaxFacts.GetKeywordKind(plain) != SyntaxKind.None
            || SyntaxFacts.GetContextualKeywordKind(plain) != SyntaxKind.None
            || plain is "var" or "dynamic" or "nint" or "nuint" or "notnull" or "unmanaged" or "extension";
        return keyword ? "@" + plain : plain;
    }

    /// <summary>
    /// A name of a member of a type that has the names of <paramref name="taken"/> already; takes it.
    /// </summary>
    public static string Member(string name, string type, HashSet<string> taken)
    {
        string plain = Plain(name);
        while (plain == Plain(type) || Inherited.Contains(plain) || !taken.Add(plain))
        {
            plain += "_";
        }

        return Of(plain);
    }

    /// <summary>
    /// The method of an ioctl: <c>KVM_SET_USER_MEMORY_REGION2</c> is <c>SetUserMemoryRegion2</c>.
    /// </summary>
    public static string Method(string macro)
    {
        const string prefix = "KVM_";
        StringBuilder name = new();
        bool first = true;
        int start = macro.StartsWith(prefix, StringComparison.Ordinal) ? prefix.Length : 0;
        for (int i = start; i < macro.Length; i++)
        {
            if (macro[i] == '_')
            {
                first = true;
                continue;
            }

            name.Append(first ? char.ToUpperInvariant(macro[i]) : char.ToLowerInvariant(macro[i]));
            first = false;
        }

        string method = name.ToString();
        bool taken = method.Length == 0 || method == "Value" || Inherited.Contains(method);
        return Of(taken ? method + "_" : method);
    }

    /// <summary>GNU C allows <c>$</c> in a name; a macro without its prefix may begin with a digit.</summary>
    private static string Plain(string name)
    {
        bool valid = name.Length > 0 && !char.IsDigit(name[0]);
        foreach (char c in name)
        {
            valid &= c == '_' || char.IsLetterOrDigit(c);
        }

        if (valid)
        {
            return name;
        }

        StringBuilder plain = new();
        foreach (char c in name)
        {
            plain.Append(c == '_' || char.IsLetterOrDigit(c) ? c : '_');
        }

        return plain.Length == 0 || char.IsDigit(plain[0]) ? "_" + plain : plain.ToString();
    }
}
