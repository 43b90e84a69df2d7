using System.Runtime.InteropServices;
using System.Text;

namespace ClangSharp.Interop;

/// <summary>A file that exists in memory only.</summary>
public unsafe struct CXUnsavedFile : IDisposable
{
    public sbyte* Filename;
    public sbyte* Contents;
    public nuint Length;

    // SAFETY: both blocks are from the task allocator, end in NUL, and are ours until Dispose; the length is
    // that of
    // the encoded contents.
    public static CXUnsavedFile Create(string filename, string contents) => new()
    {
        Filename = (sbyte*)Marshal.StringToCoTaskMemUTF8(filename),
        Contents = (sbyte*)Marshal.StringToCoTaskMemUTF8(contents),
        Length = (nuint)Encoding.UTF8.GetByteCount(contents),
    };

    // SAFETY: frees what Create allocated, once: the pointers are cleared, and freeing null does nothing.
    public void Dispose()
    {
        Marshal.FreeCoTaskMem((nint)Filename);
        Marshal.FreeCoTaskMem((nint)Contents);
        this = default;
    }
}
