using KvmInterop.ApiModel;

namespace KvmInterop.HeaderScraper.Verify;

/// <summary>The model's type names as C.</summary>
internal static class CTypes
{
    /// <summary>A type name that C accepts in <c>sizeof</c>.</summary>
    public static string Of(ApiType type)
    {
        string name = type.Name switch
        {
            "u8" => "__u8",
            "u16" => "__u16",
            "u32" => "__u32",
            "u64" => "__u64",
            "s8" => "__s8",
            "s16" => "__s16",
            "s32" => "__s32",
            "s64" => "__s64",
            "u128" => "unsigned __int128",
            "s128" => "__int128",
            "ulong" => "unsigned long",
            "slong" => "long",
            "bool" => "_Bool",
            "f32" => "float",
            "f64" => "double",
            "pointer" => "void *",
            _ => type.Name,
        };
        return name + string.Concat(type.Dims.Select(dimension => $"[{Math.Max(0, dimension)}]"));
    }
}
