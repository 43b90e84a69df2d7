using KvmInterop.ApiModel;
using KvmInterop.Generator.Text;

namespace KvmInterop.Generator.Plan;

/// <summary>What C's types are in C#. All of KVM's machines are 64-bit with the LP64 model.</summary>
internal static class CSharpType
{
    /// <summary>The type of one element; arrays are the caller's business.</summary>
    public static string Of(string name)
    {
        int space = name.IndexOf(' ');
        return space < 0 ? Scalar(name) : Identifier.OfType(name.Substring(space + 1));
    }

    /// <summary>The same where C# allows no pointer: as an element of an array or a type argument.</summary>
    public static string OfElement(string name) => name is "pointer" or "void" ? "nint" : Of(name);

    public static string Scalar(string name) => name switch
    {
        "u8" or "char" or "bool" => "byte",
        "s8" => "sbyte",
        "u16" => "ushort",
        "s16" => "short",
        "u32" => "uint",
        "s32" => "int",
        "u64" => "ulong",
        "s64" => "long",
        "u128" => "UInt128",
        "s128" => "Int128",
        "ulong" => "nuint",
        "slong" => "nint",
        "f32" => "float",
        "f64" => "double",
        "void" => "void",
        _ => "void*",
    };

    /// <summary>
    /// The type of a constant, which can be no native integer: those are ulong and long on LP64.
    /// </summary>
    public static string OfConstant(string name) => name switch
    {
        "string" => "string",
        "ulong" or "u128" => "ulong",
        "slong" or "s128" => "long",
        _ => Scalar(name),
    };

    public static bool IsSigned(string name) => name[0] == 's' && name.IndexOf(' ') < 0;

    /// <summary>The alignment that the runtime gives a scalar, which is also C's on these machines.</summary>
    public static int ScalarAlignment(string name) => name switch
    {
        "u8" or "s8" or "char" or "bool" => 1,
        "u16" or "s16" => 2,
        "u32" or "s32" or "f32" => 4,
        "u128" or "s128" => 16,
        _ => 8,
    };

    public static bool IsRecord(ApiType type) =>
        type.Name.StartsWith("struct ", StringComparison.Ordinal)
        || type.Name.StartsWith("union ", StringComparison.Ordinal);

    public static bool IsEnum(ApiType type) => type.Name.StartsWith("enum ", StringComparison.Ordinal);

    /// <summary>The tag of a record or enum type.</summary>
    public static string Tag(ApiType type) => type.Name.Substring(type.Name.IndexOf(' ') + 1);
}
