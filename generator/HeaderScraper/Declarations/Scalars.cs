using ClangSharp.Interop;

namespace KvmInterop.HeaderScraper.Declarations;

/// <summary>The names that the model and C have for types that are no records.</summary>
internal static class Scalars
{
    /// <summary>
    /// Typedefs that mean a width, whatever the compiler makes of them: <c>__u64</c> is <c>unsigned long</c>
    /// on some
    /// architectures and <c>unsigned long long</c> on others.
    /// </summary>
    public static string? OfTypedef(string name) => name switch
    {
        "__u8" or "uint8_t" => "u8",
        "__s8" or "int8_t" => "s8",
        "__u16" or "uint16_t" => "u16",
        "__s16" or "int16_t" => "s16",
        "__u32" or "uint32_t" => "u32",
        "__s32" or "int32_t" => "s32",
        "__u64" or "uint64_t" => "u64",
        "__s64" or "int64_t" => "s64",
        _ => null,
    };

    /// <summary>The model's name for one of the compiler's own types; null for what the model cannot
    /// say.</summary>
    public static string? Of(CXTypeKind kind) => kind switch
    {
        CXTypeKind.CXType_Void => "void",
        CXTypeKind.CXType_Bool => "bool",
        CXTypeKind.CXType_Char_S or CXTypeKind.CXType_Char_U => "char",
        CXTypeKind.CXType_UChar => "u8",
        CXTypeKind.CXType_SChar => "s8",
        CXTypeKind.CXType_UShort => "u16",
        CXTypeKind.CXType_Short => "s16",
        CXTypeKind.CXType_UInt => "u32",
        CXTypeKind.CXType_Int or CXTypeKind.CXType_WChar => "s32",
        CXTypeKind.CXType_ULong => "ulong",
        CXTypeKind.CXType_Long => "slong",
        CXTypeKind.CXType_ULongLong => "u64",
        CXTypeKind.CXType_LongLong => "s64",
        CXTypeKind.CXType_UInt128 => "u128",
        CXTypeKind.CXType_Int128 => "s128",
        CXTypeKind.CXType_Float => "f32",
        CXTypeKind.CXType_Double => "f64",
        _ => null,
    };

    /// <summary>C's name for the scalars of <see cref="Of"/>, always the same one.</summary>
    public static string ToC(string scalar) => scalar switch
    {
        "bool" => "_Bool",
        "u8" => "unsigned char",
        "s8" => "signed char",
        "u16" => "unsigned short",
        "s16" => "short",
        "u32" => "unsigned int",
        "s32" => "int",
        "ulong" => "unsigned long",
        "slong" => "long",
        "u64" => "unsigned long long",
        "s64" => "long long",
        "u128" => "unsigned __int128",
        "s128" => "__int128",
        "f32" => "float",
        "f64" => "double",
        _ => scalar,
    };
}
