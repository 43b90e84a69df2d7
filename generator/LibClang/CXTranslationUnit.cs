using System.Runtime.InteropServices;

namespace ClangSharp.Interop;

/// <summary>A parsed file with all that it includes.</summary>
public unsafe struct CXTranslationUnit : IDisposable
{
    public nint Handle { get; set; }

    public readonly CXCursor Cursor => clang.clang_getTranslationUnitCursor(Handle);

    public readonly uint NumDiagnostics => clang.clang_getNumDiagnostics(Handle);

    public static CXErrorCode TryParse(
        CXIndex index,
        string sourceFileName,
        ReadOnlySpan<string> commandLineArgs,
        ReadOnlySpan<CXUnsavedFile> unsavedFiles,
        CXTranslationUnit_Flags options,
        out CXTranslationUnit translationUnit)
    {
        // SAFETY: the encoded name and arguments are ours from here to the finally block, and the arrays
        // that hold
        // them are pinned over the call; libclang copies what it keeps. A null array goes with a count of 0.
        nint name = Marshal.StringToCoTaskMemUTF8(sourceFileName);
        nint[] arguments = new nint[commandLineArgs.Length];
        try
        {
            for (int i = 0; i < arguments.Length; i++)
            {
                arguments[i] = Marshal.StringToCoTaskMemUTF8(commandLineArgs[i]);
            }

            nint handle;
            fixed (nint* args = arguments)
            fixed (CXUnsavedFile* files = unsavedFiles)
            {
                CXErrorCode code = clang.clang_parseTranslationUnit2(
                    index.Handle, (sbyte*)name, (sbyte**)args, arguments.Length,
                    files, (uint)unsavedFiles.Length, (uint)options, &handle);
                translationUnit = new CXTranslationUnit { Handle = handle };
                return code;
            }
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
            foreach (nint argument in arguments)
            {
                Marshal.FreeCoTaskMem(argument);
            }
        }
    }

    public readonly CXDiagnostic GetDiagnostic(uint index) =>
        new() { Handle = clang.clang_getDiagnostic(Handle, index) };

    public readonly CXFile GetFile(string fileName)
    {
        // SAFETY: the encoded name is ours, ends in NUL and outlives the call that reads it.
        nint name = Marshal.StringToCoTaskMemUTF8(fileName);
        CXFile file = new() { Handle = clang.clang_getFile(Handle, (sbyte*)name) };
        Marshal.FreeCoTaskMem(name);
        return file;
    }

    /// <summary>The text of a file as parsed; valid as long as this unit.</summary>
    public readonly ReadOnlySpan<byte> GetFileContents(CXFile file, out nuint size)
    {
        // SAFETY: libclang keeps the buffer as long as the unit, and tells its length in bytes.
        fixed (nuint* length = &size)
        {
            byte* contents = clang.clang_getFileContents(Handle, file.Handle, length);
            return new ReadOnlySpan<byte>(contents, contents is null ? 0 : (int)size);
        }
    }

    public readonly CXSourceLocation GetLocationForOffset(CXFile file, uint offset) =>
        clang.clang_getLocationForOffset(Handle, file.Handle, offset);

    /// <summary>The tokens of a range, libclang's until <see cref="DisposeTokens"/>.</summary>
    public readonly Span<CXToken> Tokenize(CXSourceRange sourceRange)
    {
        // SAFETY: libclang allocates the array, tells its length, and leaves it to the caller, who gives it
        // back.
        CXToken* tokens;
        uint count;
        clang.clang_tokenize(Handle, sourceRange, &tokens, &count);
        return new Span<CXToken>(tokens, (int)count);
    }

    public readonly void DisposeTokens(ReadOnlySpan<CXToken> tokens)
    {
        // SAFETY: the span is the whole array that Tokenize returned; native memory does not move.
        fixed (CXToken* first = tokens)
        {
            clang.clang_disposeTokens(Handle, first, (uint)tokens.Length);
        }
    }

    public void Dispose()
    {
        if (Handle != 0)
        {
            clang.clang_disposeTranslationUnit(Handle);
            Handle = 0;
        }
    }
}
