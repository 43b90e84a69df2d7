using System.Runtime.InteropServices;

namespace ClangSharp.Interop;

/// <content>Places in the source, values and types.</content>
// SAFETY of all imports: signatures are those of clang-c/Index.h, by value and blittable; who owns what a
// pointer
// points to is said where it is passed.
public static unsafe partial class clang
{
    [DllImport(Library)]
    internal static extern int clang_Location_isInSystemHeader(CXSourceLocation location);
    [DllImport(Library)]
    internal static extern int clang_Location_isFromMainFile(CXSourceLocation location);
    [DllImport(Library)]
    internal static extern void clang_getExpansionLocation(
        CXSourceLocation location, nint* file,
        uint* line, uint* column, uint* offset);
    [DllImport(Library)]
    internal static extern void clang_getSpellingLocation(
        CXSourceLocation location, nint* file,
        uint* line, uint* column, uint* offset);
    [DllImport(Library)]
    internal static extern void clang_getFileLocation(
        CXSourceLocation location, nint* file,
        uint* line, uint* column, uint* offset);
    [DllImport(Library)]
    internal static extern CXSourceLocation clang_getRangeStart(CXSourceRange range);
    [DllImport(Library)]
    internal static extern CXSourceLocation clang_getRangeEnd(CXSourceRange range);
    [DllImport(Library)]
    internal static extern CXSourceRange clang_getRange(CXSourceLocation begin, CXSourceLocation end);
    [DllImport(Library)]
    internal static extern CXString clang_getFileName(nint file);
    [DllImport(Library)]
    internal static extern CXEvalResultKind clang_EvalResult_getKind(nint result);
    [DllImport(Library)]
    internal static extern uint clang_EvalResult_isUnsignedInt(nint result);
    [DllImport(Library)]
    internal static extern long clang_EvalResult_getAsLongLong(nint result);
    [DllImport(Library)]
    internal static extern ulong clang_EvalResult_getAsUnsigned(nint result);
    [DllImport(Library)]
    internal static extern byte* clang_EvalResult_getAsStr(nint result);
    [DllImport(Library)]
    internal static extern void clang_EvalResult_dispose(nint result);
    [DllImport(Library)]
    internal static extern CXString clang_getTypeSpelling(CXType type);
    [DllImport(Library)]
    internal static extern CXString clang_getTypeKindSpelling(CXTypeKind kind);
    [DllImport(Library)]
    internal static extern CXType clang_getCanonicalType(CXType type);
    [DllImport(Library)]
    internal static extern CXType clang_getArrayElementType(CXType type);
    [DllImport(Library)]
    internal static extern long clang_getArraySize(CXType type);
    [DllImport(Library)]
    internal static extern long clang_Type_getSizeOf(CXType type);
    [DllImport(Library)]
    internal static extern long clang_Type_getAlignOf(CXType type);
    [DllImport(Library)]
    internal static extern uint clang_isConstQualifiedType(CXType type);
    [DllImport(Library)]
    internal static extern long clang_Type_getOffsetOf(CXType type, sbyte* name);
    [DllImport(Library)]
    internal static extern uint clang_Type_visitFields(CXType type, nint visitor, void* data);
    [DllImport(Library)]
    internal static extern uint clang_equalTypes(CXType left, CXType right);
    [DllImport(Library)]
    internal static extern CXCursor clang_getTypeDeclaration(CXType type);
    [DllImport(Library)]
    internal static extern CXType clang_getPointeeType(CXType type);
}
