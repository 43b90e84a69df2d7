namespace ClangSharp.Interop;

/// <summary>A string that libclang owns until it is disposed of.</summary>
public unsafe struct CXString : IDisposable
{
    public void* data;
    public uint private_flags;

    public readonly string CString => clang.Text(clang.clang_getCString(this));

    public readonly void Dispose() => clang.clang_disposeString(this);

    public override readonly string ToString() => CString;
}
