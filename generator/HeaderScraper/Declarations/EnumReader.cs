using System.Globalization;
using ClangSharp.Interop;
using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Clang;

namespace KvmInterop.HeaderScraper.Declarations;

internal static class EnumReader
{
    public static ApiEnum Read(CXCursor declaration, string? name, string header)
    {
        string type = IntegerType(declaration);
        bool signed = type[0] == 's';
        List<ApiEnumMember> members = [];
        foreach (CXCursor member in Members(declaration))
        {
            members.Add(new ApiEnumMember(member.Name(), signed
                ? member.EnumConstantDeclValue.ToString(CultureInfo.InvariantCulture)
                : member.EnumConstantDeclUnsignedValue.ToString(CultureInfo.InvariantCulture)));
        }

        return new ApiEnum(name ?? "", type, header, new EquatableArray<ApiEnumMember>(members));
    }

    public static string IntegerType(CXCursor declaration) =>
        Scalars.Of(declaration.EnumDecl_IntegerType.CanonicalType.kind) ?? "s32";

    public static unsafe List<CXCursor> Members(CXCursor declaration)
    {
        List<CXCursor> members = [];
        // SAFETY: the client data is not used.
        CXCursorVisitor visitor = (cursor, _, _) =>
        {
            if (cursor.kind == CXCursorKind.CXCursor_EnumConstantDecl)
            {
                members.Add(cursor);
            }

            return CXChildVisitResult.CXChildVisit_Continue;
        };
        declaration.VisitChildren(visitor, default);
        return members;
    }
}
