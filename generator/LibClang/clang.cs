using System.Reflection;
using System.Runtime.InteropServices;

namespace ClangSharp.Interop;

/// <summary>Functions of libclang that belong to no type, and where the library comes from.</summary>
public static unsafe partial class clang
{
    static clang() => NativeLibrary.SetDllImportResolver(typeof(clang).Assembly, Resolve);

    /// <summary>Asked in order for the native library; the first handle that is not zero is taken.</summary>
    public static event DllImportResolver? ResolveLibrary;

    public static CXString getClangVersion() => clang_getClangVersion();

    public static CXCursor getTypeDeclaration(CXType T) => clang_getTypeDeclaration(T);

    public static CXType getPointeeType(CXType T) => clang_getPointeeType(T);

    public static CXCursor getCursorDefinition(CXCursor param0) => clang_getCursorDefinition(param0);

    public static CXCursor getCursorReferenced(CXCursor param0) => clang_getCursorReferenced(param0);

    public static CXCursor getCanonicalCursor(CXCursor param0) => clang_getCanonicalCursor(param0);

    /// <summary>A NUL-terminated string of the library as ours.</summary>
    // SAFETY: libclang owns the bytes and ends them with NUL; they are copied before this returns, while the
    // object
    // that they belong to is still held by the caller.
    internal static string Text(byte* text) =>
        text is null ? string.Empty : Marshal.PtrToStringUTF8((nint)text) ?? string.Empty;

    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? path)
    {
        foreach (Delegate handler in ResolveLibrary?.GetInvocationList() ?? [])
        {
            nint handle = ((DllImportResolver)handler)(library, assembly, path);
            if (handle != 0)
            {
                return handle;
            }
        }

        return 0;
    }
}
