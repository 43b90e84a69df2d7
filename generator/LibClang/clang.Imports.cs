using System.Runtime.InteropServices;

namespace ClangSharp.Interop;

/// <content>Units, diagnostics and tokens.</content>
// SAFETY of all imports: signatures are those of clang-c/Index.h, by value and blittable; who owns what a
// pointer
// points to is said where it is passed.
public static unsafe partial class clang
{
    private const string Library = "libclang";

    [DllImport(Library)]
    internal static extern CXString clang_getClangVersion();
    [DllImport(Library)]
    internal static extern byte* clang_getCString(CXString s);
    [DllImport(Library)]
    internal static extern void clang_disposeString(CXString s);
    [DllImport(Library)]
    internal static extern nint clang_createIndex(int excludeDeclarationsFromPch, int displayDiagnostics);
    [DllImport(Library)]
    internal static extern void clang_disposeIndex(nint index);
    [DllImport(Library)]
    internal static extern CXErrorCode clang_parseTranslationUnit2(
        nint index, sbyte* file, sbyte** args, int argCount,
        CXUnsavedFile* unsaved, uint unsavedCount, uint options, nint* unit);
    [DllImport(Library)]
    internal static extern void clang_disposeTranslationUnit(nint unit);
    [DllImport(Library)]
    internal static extern CXCursor clang_getTranslationUnitCursor(nint unit);
    [DllImport(Library)]
    internal static extern uint clang_getNumDiagnostics(nint unit);
    [DllImport(Library)]
    internal static extern nint clang_getDiagnostic(nint unit, uint index);
    [DllImport(Library)]
    internal static extern nint clang_getFile(nint unit, sbyte* name);
    [DllImport(Library)]
    internal static extern byte* clang_getFileContents(nint unit, nint file, nuint* size);
    [DllImport(Library)]
    internal static extern CXSourceLocation clang_getLocationForOffset(nint unit, nint file, uint offset);
    [DllImport(Library)]
    internal static extern void clang_tokenize(nint unit, CXSourceRange range, CXToken** tokens, uint* count);
    [DllImport(Library)]
    internal static extern void clang_disposeTokens(nint unit, CXToken* tokens, uint count);
    [DllImport(Library)]
    internal static extern void clang_disposeDiagnostic(nint diagnostic);
    [DllImport(Library)]
    internal static extern CXDiagnosticSeverity clang_getDiagnosticSeverity(nint diagnostic);
    [DllImport(Library)]
    internal static extern CXString clang_getDiagnosticSpelling(nint diagnostic);
    [DllImport(Library)]
    internal static extern CXSourceLocation clang_getDiagnosticLocation(nint diagnostic);
    [DllImport(Library)]
    internal static extern CXString clang_formatDiagnostic(nint diagnostic, uint options);
    [DllImport(Library)]
    internal static extern CXTokenKind clang_getTokenKind(CXToken token);
    [DllImport(Library)]
    internal static extern CXString clang_getTokenSpelling(nint unit, CXToken token);
    [DllImport(Library)]
    internal static extern CXSourceLocation clang_getTokenLocation(nint unit, CXToken token);
    [DllImport(Library)]
    internal static extern CXSourceRange clang_getTokenExtent(nint unit, CXToken token);
}
