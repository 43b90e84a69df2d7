using ClangSharp.Interop;
using KvmInterop.HeaderScraper.Clang;

namespace KvmInterop.HeaderScraper.Declarations;

/// <summary>The names of records and enums: their tag or, for <c>typedef struct { } x;</c>, the
/// typedef's.</summary>
internal sealed class TagNames
{
    private readonly Dictionary<CXCursor, string> typedefs = [];

    public TagNames(IEnumerable<CXCursor> typedefDeclarations)
    {
        foreach (CXCursor typedef in typedefDeclarations)
        {
            CXType type = typedef.TypedefDeclUnderlyingType.CanonicalType;
            if (type.kind is CXTypeKind.CXType_Record or CXTypeKind.CXType_Enum)
            {
                // The first of several: the one that C itself would name the type by.
                typedefs.TryAdd(clang.getTypeDeclaration(type), typedef.Name());
            }
        }
    }

    /// <summary>Null for a type that only the member or variable has that it is declared with.</summary>
    public string? Of(CXCursor declaration)
    {
        if (declaration.IsAnonymous)
        {
            return null;
        }

        // Versions of libclang differ in what they call an untagged type, and none of it is an identifier.
        string name = declaration.Name();
        return name.Length > 0 && !name.Contains(' ') && !name.Contains('(')
            ? name
            : typedefs.GetValueOrDefault(declaration);
    }

    public static string Keyword(CXCursor declaration) => declaration.kind switch
    {
        CXCursorKind.CXCursor_StructDecl => "struct",
        CXCursorKind.CXCursor_UnionDecl => "union",
        _ => "enum",
    };
}
