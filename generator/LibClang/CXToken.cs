namespace ClangSharp.Interop;

/// <summary>A token of the preprocessor.</summary>
public unsafe struct CXToken
{
    private readonly uint data0;
    private readonly uint data1;
    private readonly uint data2;
    private readonly uint data3;
    private readonly void* pointer;

    public readonly CXTokenKind Kind => clang.clang_getTokenKind(this);

    public readonly CXString GetSpelling(CXTranslationUnit translationUnit) =>
        clang.clang_getTokenSpelling(translationUnit.Handle, this);

    public readonly CXSourceLocation GetLocation(CXTranslationUnit translationUnit) =>
        clang.clang_getTokenLocation(translationUnit.Handle, this);

    public readonly CXSourceRange GetExtent(CXTranslationUnit translationUnit) =>
        clang.clang_getTokenExtent(translationUnit.Handle, this);
}
