namespace KvmInterop.Tests.Layouts.Clr;

/// <summary>The C# types that the model's scalars must be.</summary>
internal static class ClrScalars
{
    private static readonly Dictionary<string, Type> Types = new(StringComparer.Ordinal)
    {
        ["u8"] = typeof(byte),
        ["s8"] = typeof(sbyte),
        ["char"] = typeof(byte),
        ["bool"] = typeof(byte),
        ["u16"] = typeof(ushort),
        ["s16"] = typeof(short),
        ["u32"] = typeof(uint),
        ["s32"] = typeof(int),
        ["u64"] = typeof(ulong),
        ["s64"] = typeof(long),
        ["u128"] = typeof(UInt128),
        ["s128"] = typeof(Int128),
        ["ulong"] = typeof(nuint),
        ["slong"] = typeof(nint),
        ["f32"] = typeof(float),
        ["f64"] = typeof(double),
        ["pointer"] = typeof(void*),
    };

    /// <summary>Null for a record or an enum. An array's elements can be no pointers in C#.</summary>
    public static Type? Of(string name, bool isElement) => name == "pointer" && isElement
        ? typeof(nint)
        : Types.GetValueOrDefault(name);

    /// <summary>The type of a constant: C#'s native integers cannot be constants of 64 bits.</summary>
    public static Type OfConstant(string name) => name switch
    {
        "string" => typeof(string),
        "ulong" => typeof(ulong),
        "slong" => typeof(long),
        _ => Types[name],
    };
}
