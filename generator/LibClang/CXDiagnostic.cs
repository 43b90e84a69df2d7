namespace ClangSharp.Interop;

/// <summary>A message of the compiler.</summary>
public struct CXDiagnostic : IDisposable
{
    public nint Handle { get; set; }

    public readonly CXDiagnosticSeverity Severity => clang.clang_getDiagnosticSeverity(Handle);

    public readonly CXString Spelling => clang.clang_getDiagnosticSpelling(Handle);

    public readonly CXSourceLocation Location => clang.clang_getDiagnosticLocation(Handle);

    public readonly CXString Format(CXDiagnosticDisplayOptions options) =>
        clang.clang_formatDiagnostic(Handle, (uint)options);

    public void Dispose()
    {
        if (Handle != 0)
        {
            clang.clang_disposeDiagnostic(Handle);
            Handle = 0;
        }
    }
}
