namespace KvmInterop.HeaderScraper.Verify;

/// <summary>C's scalar types, told apart by <c>_Generic</c>, and the model's names for them.</summary>
internal static class ScalarKinds
{
    private const ulong Pointer = 100;

    private static readonly string[] CTypes =
    [
        "_Bool", "char", "signed char", "unsigned char", "short", "unsigned short", "int", "unsigned int",
        "long", "unsigned long", "long long", "unsigned long long", "__int128", "unsigned __int128", "float",
        "double",
    ];

    private static readonly Dictionary<string, string[]> ByModelName = new(StringComparer.Ordinal)
    {
        ["bool"] = ["_Bool"],
        ["char"] = ["char"],
        ["s8"] = ["signed char"],
        ["u8"] = ["unsigned char"],
        ["s16"] = ["short"],
        ["u16"] = ["unsigned short"],
        ["s32"] = ["int"],
        ["u32"] = ["unsigned int"],
        ["slong"] = ["long"],
        ["ulong"] = ["unsigned long"],
        // __u64 is unsigned long where the architecture has asm-generic/int-l64.h (64-bit powerpc and mips).
        ["s64"] = ["long long", "long"],
        ["u64"] = ["unsigned long long", "unsigned long"],
        ["s128"] = ["__int128"],
        ["u128"] = ["unsigned __int128"],
        ["f32"] = ["float"],
        ["f64"] = ["double"],
    };

    /// <summary>The C macro that the items' expressions use.</summary>
    public static string Macro { get; } = "#define KIND(x) _Generic((x), "
        + string.Join(", ", CTypes.Select((type, i) => $"{type}: {i + 1}"))
        + $", default: __builtin_classify_type(x) == 5 ? {Pointer} : 0)";

    public static bool Has(string modelName) => modelName == "pointer" || ByModelName.ContainsKey(modelName);

    /// <summary>Asks for the type of an expression.</summary>
    public static ProbeItem Ask(string subject, string expression, string modelName) => new(
        subject,
        "type",
        $"KIND({expression})",
        modelName == "pointer"
            ? [Pointer]
            : [.. ByModelName[modelName].Select(type => (ulong)Array.IndexOf(CTypes, type) + 1)],
        Show);

    private static string Show(ulong kind) => kind switch
    {
        Pointer => "a pointer",
        > 0 when kind <= (ulong)CTypes.Length => CTypes[kind - 1],
        _ => "no scalar",
    };
}
