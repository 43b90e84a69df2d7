using System.Runtime.InteropServices;

namespace ClangSharp.Interop;

/// <summary>Called for each child of a cursor.</summary>
[UnmanagedFunctionPointer(CallingConvention.Cdecl)]
public unsafe delegate CXChildVisitResult CXCursorVisitor(
    CXCursor cursor, CXCursor parent, void* client_data);

/// <summary>What a visitor wants to be told: an address of its own.</summary>
public readonly struct CXClientData(nint handle)
{
    public nint Handle { get; } = handle;
}

/// <summary>A node of the syntax tree or of the preprocessor's record.</summary>
public unsafe struct CXCursor : IEquatable<CXCursor>
{
    public CXCursorKind kind;
    public int xdata;
    private readonly void* data0;
    private readonly void* data1;
    private readonly void* data2;

    public readonly CXCursorKind Kind => clang.clang_getCursorKind(this);

    public readonly CXString Spelling => clang.clang_getCursorSpelling(this);

    public readonly CXString DisplayName => clang.clang_getCursorDisplayName(this);

    public readonly CXString RawCommentText => clang.clang_Cursor_getRawCommentText(this);

    public readonly CXString BriefCommentText => clang.clang_Cursor_getBriefCommentText(this);

    public readonly CXString Usr => clang.clang_getCursorUSR(this);

    public readonly CXType Type => clang.clang_getCursorType(this);

    public readonly CXType TypedefDeclUnderlyingType => clang.clang_getTypedefDeclUnderlyingType(this);

    public readonly CXType EnumDecl_IntegerType => clang.clang_getEnumDeclIntegerType(this);

    public readonly long EnumConstantDeclValue => clang.clang_getEnumConstantDeclValue(this);

    public readonly ulong EnumConstantDeclUnsignedValue => clang.clang_getEnumConstantDeclUnsignedValue(this);

    public readonly long OffsetOfField => clang.clang_Cursor_getOffsetOfField(this);

    public readonly int FieldDeclBitWidth => clang.clang_getFieldDeclBitWidth(this);

    public readonly CXSourceLocation Location => clang.clang_getCursorLocation(this);

    public readonly CXSourceRange Extent => clang.clang_getCursorExtent(this);

    public readonly CXCursor SemanticParent => clang.clang_getCursorSemanticParent(this);

    public readonly CXCursor LexicalParent => clang.clang_getCursorLexicalParent(this);

    public readonly CXEvalResult Evaluate => new() { Handle = clang.clang_Cursor_Evaluate(this) };

    public readonly bool IsDefinition => clang.clang_isCursorDefinition(this) != 0;

    public readonly bool IsAnonymous => clang.clang_Cursor_isAnonymous(this) != 0;

    public readonly bool IsAnonymousRecordDecl => clang.clang_Cursor_isAnonymousRecordDecl(this) != 0;

    public readonly bool IsBitField => clang.clang_Cursor_isBitField(this) != 0;

    public readonly bool IsMacroFunctionLike => clang.clang_Cursor_isMacroFunctionLike(this) != 0;

    public readonly bool IsMacroBuiltIn => clang.clang_Cursor_isMacroBuiltin(this) != 0;

    public readonly bool IsNull => clang.clang_Cursor_isNull(this) != 0;

    public static bool operator ==(CXCursor left, CXCursor right) => left.Equals(right);

    public static bool operator !=(CXCursor left, CXCursor right) => !left.Equals(right);

    public readonly CXChildVisitResult VisitChildren(CXCursorVisitor visitor, CXClientData clientData)
    {
        // SAFETY: the delegate, and with it the code that libclang calls, is kept alive until the visit is
        // over.
        nint code = Marshal.GetFunctionPointerForDelegate(visitor);
        uint broken = clang.clang_visitChildren(this, code, (void*)clientData.Handle);
        GC.KeepAlive(visitor);
        return broken != 0 ? CXChildVisitResult.CXChildVisit_Break : CXChildVisitResult.CXChildVisit_Continue;
    }

    public readonly bool Equals(CXCursor other) => clang.clang_equalCursors(this, other) != 0;

    public override readonly bool Equals(object? obj) => obj is CXCursor other && Equals(other);

    public override readonly int GetHashCode() => (int)clang.clang_hashCursor(this);
}
