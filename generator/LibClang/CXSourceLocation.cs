namespace ClangSharp.Interop;

/// <summary>A place in the source.</summary>
public unsafe struct CXSourceLocation
{
    private readonly void* ptr0;
    private readonly void* ptr1;
    private readonly uint data;

    public readonly bool IsInSystemHeader => clang.clang_Location_isInSystemHeader(this) != 0;

    public readonly bool IsFromMainFile => clang.clang_Location_isFromMainFile(this) != 0;

    public readonly void GetExpansionLocation(
        out CXFile file, out uint line, out uint column, out uint offset)
    {
        // SAFETY: libclang writes one value through each pointer; all are locals of this call or pinned here.
        nint handle;
        fixed (uint* l = &line, c = &column, o = &offset)
        {
            clang.clang_getExpansionLocation(this, &handle, l, c, o);
        }

        file = new CXFile { Handle = handle };
    }

    public readonly void GetSpellingLocation(
        out CXFile file, out uint line, out uint column, out uint offset)
    {
        // SAFETY: as in GetExpansionLocation.
        nint handle;
        fixed (uint* l = &line, c = &column, o = &offset)
        {
            clang.clang_getSpellingLocation(this, &handle, l, c, o);
        }

        file = new CXFile { Handle = handle };
    }

    public readonly void GetFileLocation(
        out CXFile file, out uint line, out uint column, out uint offset)
    {
        // SAFETY: as in GetExpansionLocation.
        nint handle;
        fixed (uint* l = &line, c = &column, o = &offset)
        {
            clang.clang_getFileLocation(this, &handle, l, c, o);
        }

        file = new CXFile { Handle = handle };
    }
}

/// <summary>What stands between two places.</summary>
public unsafe struct CXSourceRange
{
    private readonly void* ptr0;
    private readonly void* ptr1;
    private readonly uint begin;
    private readonly uint end;

    public readonly CXSourceLocation Start => clang.clang_getRangeStart(this);

    public readonly CXSourceLocation End => clang.clang_getRangeEnd(this);

    public static CXSourceRange Create(CXSourceLocation begin, CXSourceLocation end) =>
        clang.clang_getRange(begin, end);
}

/// <summary>A file of a translation unit.</summary>
public struct CXFile
{
    public nint Handle { get; set; }

    public readonly CXString Name => clang.clang_getFileName(Handle);
}
