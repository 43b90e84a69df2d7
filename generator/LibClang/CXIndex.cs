namespace ClangSharp.Interop;

/// <summary>A set of translation units that belong together.</summary>
public unsafe struct CXIndex : IDisposable
{
    public nint Handle { get; set; }

    public static CXIndex Create(bool excludeDeclarationsFromPch = false, bool displayDiagnostics = false) =>
        new()
        {
            Handle = clang.clang_createIndex(excludeDeclarationsFromPch ? 1 : 0, displayDiagnostics ? 1 : 0),
        };

    public void Dispose()
    {
        if (Handle != 0)
        {
            clang.clang_disposeIndex(Handle);
            Handle = 0;
        }
    }
}
