using System.Globalization;
using ClangSharp.Interop;
using KvmInterop.HeaderScraper.Clang;

namespace KvmInterop.HeaderScraper.Declarations;

/// <summary>Writes a declaration as C, in one form that no version of libclang has a say in.</summary>
internal sealed class CText(TagNames names)
{
    /// <param name="name">What is declared, with all that C puts around it; empty for an anonymous
    /// member.</param>
    public string Declare(CXType type, string name)
    {
        while (true)
        {
            switch (type.kind)
            {
                case CXTypeKind.CXType_ConstantArray:
                    name += $"[{type.ArraySize.ToString(CultureInfo.InvariantCulture)}]";
                    type = type.ArrayElementType;
                    continue;
                case CXTypeKind.CXType_IncompleteArray:
                    name += "[]";
                    type = type.ArrayElementType;
                    continue;
                case CXTypeKind.CXType_Pointer:
                    CXType target = clang.getPointeeType(type);
                    CXTypeKind kind = target.CanonicalType.kind;
                    if (kind is CXTypeKind.CXType_FunctionProto or CXTypeKind.CXType_FunctionNoProto)
                    {
                        return DeclareFunctionPointer(type, name);
                    }

                    string pointer = (type.IsConstQualified ? "*const " : "*") + name;
                    bool array = target.kind
                        is CXTypeKind.CXType_ConstantArray or CXTypeKind.CXType_IncompleteArray;
                    name = array ? $"({pointer})" : pointer;
                    type = target;
                    continue;
            }

            CXCursor declaration = clang.getTypeDeclaration(type);
            CXType canonical = type.CanonicalType;
            bool named = declaration.kind is CXCursorKind.CXCursor_TypedefDecl
                or CXCursorKind.CXCursor_StructDecl or CXCursorKind.CXCursor_UnionDecl
                or CXCursorKind.CXCursor_EnumDecl;
            if (!named && canonical.kind != type.kind)
            {
                type = canonical;
                continue;
            }

            string text = named ? NameOf(declaration) : Scalars.ToC(Scalars.Of(type.kind) ?? type.Text());
            string qualifier = type.IsConstQualified ? "const " : "";
            return name.Length == 0 ? qualifier + text : $"{qualifier}{text} {name}";
        }
    }

    private string NameOf(CXCursor declaration)
    {
        if (declaration.kind == CXCursorKind.CXCursor_TypedefDecl)
        {
            return declaration.Name();
        }

        string keyword = TagNames.Keyword(declaration);
        return names.Of(declaration) is { } name ? $"{keyword} {name}" : $"{keyword} {{ ... }}";
    }

    /// <summary>From the canonical type, which has no sugar to differ in: <c>void (*)(int)</c>.</summary>
    private static string DeclareFunctionPointer(CXType type, string name)
    {
        string text = type.CanonicalType.Text();
        int star = text.IndexOf("(*", StringComparison.Ordinal);
        return star < 0 ? $"{text} {name}" : text.Insert(star + 2, name);
    }
}
