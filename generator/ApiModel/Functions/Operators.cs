namespace KvmInterop.ApiModel;

/// <summary>The operators of <see cref="ApiExpression"/>, and what C calls them.</summary>
internal static class Operators
{
    public static readonly string[] Types = ["u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64"];

    private static readonly string[] Unary = ["neg", "not"];
    private static readonly string[] Arithmetic = ["add", "sub", "mul", "div", "rem", "and", "or", "xor"];
    private static readonly string[] Shifts = ["shl", "shr"];
    private static readonly string[] Comparisons = ["eq", "ne", "lt", "le", "gt", "ge"];
    private static readonly string[] Logical = ["both", "either"];

    public static bool IsUnary(string name) => Array.IndexOf(Unary, name) >= 0;

    public static bool IsArithmetic(string name) => Array.IndexOf(Arithmetic, name) >= 0;

    public static bool IsShift(string name) => Array.IndexOf(Shifts, name) >= 0;

    public static bool IsComparison(string name) => Array.IndexOf(Comparisons, name) >= 0;

    public static bool IsLogical(string name) => Array.IndexOf(Logical, name) >= 0;

    /// <summary>The same in C, and in C#.</summary>
    public static string Symbol(string name) => name switch
    {
        "neg" or "sub" => "-",
        "not" => "~",
        "add" => "+",
        "mul" => "*",
        "div" => "/",
        "rem" => "%",
        "and" => "&",
        "or" => "|",
        "xor" => "^",
        "shl" => "<<",
        "shr" => ">>",
        "eq" => "==",
        "ne" => "!=",
        "lt" => "<",
        "le" => "<=",
        "gt" => ">",
        "ge" => ">=",
        "both" => "&&",
        "either" => "||",
        _ => throw new ArgumentException($"'{name}' is no operator", nameof(name)),
    };

    public static bool IsSigned(string type) => type[0] == 's';

    /// <summary>The number of bits of a type.</summary>
    public static int Width(string type) => type switch
    {
        "u8" or "s8" => 8,
        "u16" or "s16" => 16,
        "u32" or "s32" => 32,
        _ => 64,
    };

    /// <summary>The 64 bits of a value of a type, extended by its sign if the type has one.</summary>
    public static ulong Normalize(string type, ulong bits)
    {
        int unused = 64 - Width(type);
        return IsSigned(type)
            ? unchecked((ulong)((long)(bits << unused) >> unused))
            : bits << unused >> unused;
    }
}
