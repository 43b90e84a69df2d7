using ClangSharp.Interop;

namespace KvmInterop.HeaderScraper.Clang;

/// <summary>Strings that the native side owns, copied and given back.</summary>
internal static class ClangText
{
    public static string Name(this CXCursor cursor)
    {
        using CXString spelling = cursor.Spelling;
        return spelling.CString;
    }

    public static string Text(this CXType type)
    {
        using CXString spelling = type.Spelling;
        return spelling.CString;
    }
}
