namespace ClangSharp.Interop;

/// <summary>What the compiler makes of an expression; a zero handle when it is no constant.</summary>
public unsafe struct CXEvalResult : IDisposable
{
    public nint Handle { get; set; }

    public readonly CXEvalResultKind Kind => clang.clang_EvalResult_getKind(Handle);

    public readonly bool IsUnsignedInt => clang.clang_EvalResult_isUnsignedInt(Handle) != 0;

    public readonly long AsLongLong => clang.clang_EvalResult_getAsLongLong(Handle);

    public readonly ulong AsUnsigned => clang.clang_EvalResult_getAsUnsigned(Handle);

    public readonly string AsStr => clang.Text(clang.clang_EvalResult_getAsStr(Handle));

    public void Dispose()
    {
        if (Handle != 0)
        {
            clang.clang_EvalResult_dispose(Handle);
            Handle = 0;
        }
    }
}
