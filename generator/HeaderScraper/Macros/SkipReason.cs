using System.Runtime.InteropServices;
using ClangSharp.Interop;
using KvmInterop.HeaderScraper.Clang;
using KvmInterop.HeaderScraper.Declarations;

namespace KvmInterop.HeaderScraper.Macros;

/// <summary>Says in words of our own, the same for every libclang, why a macro has no value.</summary>
internal sealed class SkipReason(MacroTable macros, List<CXCursor> declarations)
{
    public const string FunctionLike = "function-like macro";
    public const string Empty = "empty";

    private const string Keywords =
        " auto break case char const continue default do double else enum extern float for goto if inline int"
        + " long register restrict return short signed sizeof static struct switch typedef union unsigned"
        + " void volatile while _Alignas _Alignof _Atomic _Bool _Complex _Generic _Noreturn _Static_assert"
        + " _Thread_local typeof asm offsetof ";

    private const string TypeWords =
        " char const double enum float int long short signed struct union unsigned void volatile _Bool * ";

    private readonly Lazy<(HashSet<string> Names, HashSet<string> Types)> declared =
        new(() => Index(declarations));

    public string Of(Macro macro)
    {
        if (macro.Parameters is not null)
        {
            return FunctionLike;
        }

        if (macro.Body.Count == 0)
        {
            return Empty;
        }

        if (FindMissing(macro, []) is { } missing)
        {
            return missing.Contains(' ')
                ? $"needs {missing}, which this architecture does not have"
                : $"needs {missing}, which the headers do not define";
        }

        return NamesType(macro) ? "names a type" : "not a constant expression";
    }

    /// <summary>The first name that nobody declares, in the order in which the preprocessor would meet
    /// it.</summary>
    private string? FindMissing(Macro macro, HashSet<string> visited)
    {
        if (!visited.Add(macro.Name))
        {
            return null;
        }

        for (int i = 0; i < macro.Body.Count; i++)
        {
            string token = macro.Body[i];
            if (token is "." or "->")
            {
                i++;
            }
            else if (token == "__attribute__" && i + 1 < macro.Body.Count)
            {
                // What it holds are names of the compiler's.
                i = Math.Max(i, Macro.ClosingOf(CollectionsMarshal.AsSpan(macro.Body), i + 1));
            }
            else if (token is "struct" or "union" or "enum" && i + 1 < macro.Body.Count)
            {
                string tag = $"{token} {macro.Body[++i]}";
                bool parameter = macro.Parameters?.Contains(macro.Body[i]) ?? false;
                if (!parameter && !declared.Value.Types.Contains(tag))
                {
                    return tag;
                }
            }
            else if (IsOrdinaryName(token) && !(macro.Parameters?.Contains(token) ?? false))
            {
                string? missing = macros.Find(token) is { } inner
                    ? FindMissing(inner, visited)
                    : declared.Value.Names.Contains(token) ? null : token;
                if (missing is not null)
                {
                    return missing;
                }
            }
        }

        return null;
    }

    private bool NamesType(Macro macro)
    {
        bool tag = false;
        foreach (string token in macro.Bare())
        {
            if (!tag && !TypeWords.Contains($" {token} ", StringComparison.Ordinal)
                && !declared.Value.Types.Contains(token))
            {
                return false;
            }

            tag = token is "struct" or "union" or "enum";
        }

        return true;
    }

    public static bool IsOrdinaryName(string token) =>
        MacroLexer.IsIdentifierStart(token[0])
        && !token.StartsWith("__builtin_", StringComparison.Ordinal)
        && !IsKeywordOfGnu(token)
        && !Keywords.Contains($" {token} ", StringComparison.Ordinal);

    /// <summary><c>__typeof__</c>, <c>__attribute__</c>, <c>__extension__</c> and their like.</summary>
    private static bool IsKeywordOfGnu(string token) =>
        token.StartsWith("__", StringComparison.Ordinal) && token.EndsWith("__", StringComparison.Ordinal);

    /// <summary>Ordinary identifiers, and the types: typedefs, and records and enums as <c>struct
    /// NAME</c>.</summary>
    private static (HashSet<string> Names, HashSet<string> Types) Index(List<CXCursor> declarations)
    {
        HashSet<string> names = [];
        HashSet<string> types = [];
        foreach (CXCursor declaration in declarations)
        {
            switch (declaration.kind)
            {
                case CXCursorKind.CXCursor_StructDecl or CXCursorKind.CXCursor_UnionDecl:
                    AddTag(types, declaration);
                    break;
                case CXCursorKind.CXCursor_EnumDecl:
                    AddTag(types, declaration);
                    foreach (CXCursor member in EnumReader.Members(declaration))
                    {
                        names.Add(member.Name());
                    }

                    break;
                case CXCursorKind.CXCursor_TypedefDecl:
                    types.Add(declaration.Name());
                    names.Add(declaration.Name());
                    break;
                case CXCursorKind.CXCursor_FunctionDecl or CXCursorKind.CXCursor_VarDecl:
                    names.Add(declaration.Name());
                    break;
            }
        }

        return (names, types);
    }

    private static void AddTag(HashSet<string> types, CXCursor declaration)
    {
        if (declaration.IsDefinition)
        {
            types.Add($"{TagNames.Keyword(declaration)} {declaration.Name()}");
        }
    }
}
