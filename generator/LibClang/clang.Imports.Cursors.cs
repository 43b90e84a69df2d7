using System.Runtime.InteropServices;

namespace ClangSharp.Interop;

/// <content>Cursors.</content>
// SAFETY of all imports: signatures are those of clang-c/Index.h, by value and blittable; who owns what a
// pointer
// points to is said where it is passed.
public static unsafe partial class clang
{
    [DllImport(Library)]
    internal static extern CXCursorKind clang_getCursorKind(CXCursor cursor);
    [DllImport(Library)]
    internal static extern CXString clang_getCursorSpelling(CXCursor cursor);
    [DllImport(Library)]
    internal static extern CXString clang_getCursorDisplayName(CXCursor cursor);
    [DllImport(Library)]
    internal static extern CXString clang_Cursor_getRawCommentText(CXCursor cursor);
    [DllImport(Library)]
    internal static extern CXString clang_Cursor_getBriefCommentText(CXCursor cursor);
    [DllImport(Library)]
    internal static extern CXString clang_getCursorUSR(CXCursor cursor);
    [DllImport(Library)]
    internal static extern CXType clang_getCursorType(CXCursor cursor);
    [DllImport(Library)]
    internal static extern CXType clang_getTypedefDeclUnderlyingType(CXCursor cursor);
    [DllImport(Library)]
    internal static extern CXType clang_getEnumDeclIntegerType(CXCursor cursor);
    [DllImport(Library)]
    internal static extern long clang_getEnumConstantDeclValue(CXCursor cursor);
    [DllImport(Library)]
    internal static extern ulong clang_getEnumConstantDeclUnsignedValue(CXCursor cursor);
    [DllImport(Library)]
    internal static extern long clang_Cursor_getOffsetOfField(CXCursor cursor);
    [DllImport(Library)]
    internal static extern int clang_getFieldDeclBitWidth(CXCursor cursor);
    [DllImport(Library)]
    internal static extern CXSourceLocation clang_getCursorLocation(CXCursor cursor);
    [DllImport(Library)]
    internal static extern CXSourceRange clang_getCursorExtent(CXCursor cursor);
    [DllImport(Library)]
    internal static extern CXCursor clang_getCursorSemanticParent(CXCursor cursor);
    [DllImport(Library)]
    internal static extern CXCursor clang_getCursorLexicalParent(CXCursor cursor);
    [DllImport(Library)]
    internal static extern nint clang_Cursor_Evaluate(CXCursor cursor);
    [DllImport(Library)]
    internal static extern uint clang_isCursorDefinition(CXCursor cursor);
    [DllImport(Library)]
    internal static extern uint clang_Cursor_isAnonymous(CXCursor cursor);
    [DllImport(Library)]
    internal static extern uint clang_Cursor_isAnonymousRecordDecl(CXCursor cursor);
    [DllImport(Library)]
    internal static extern uint clang_Cursor_isBitField(CXCursor cursor);
    [DllImport(Library)]
    internal static extern uint clang_Cursor_isMacroFunctionLike(CXCursor cursor);
    [DllImport(Library)]
    internal static extern uint clang_Cursor_isMacroBuiltin(CXCursor cursor);
    [DllImport(Library)]
    internal static extern int clang_Cursor_isNull(CXCursor cursor);
    [DllImport(Library)]
    internal static extern uint clang_visitChildren(CXCursor cursor, nint visitor, void* data);
    [DllImport(Library)]
    internal static extern uint clang_equalCursors(CXCursor left, CXCursor right);
    [DllImport(Library)]
    internal static extern uint clang_hashCursor(CXCursor cursor);
    [DllImport(Library)]
    internal static extern CXCursor clang_getCursorDefinition(CXCursor cursor);
    [DllImport(Library)]
    internal static extern CXCursor clang_getCursorReferenced(CXCursor cursor);
    [DllImport(Library)]
    internal static extern CXCursor clang_getCanonicalCursor(CXCursor cursor);
}
