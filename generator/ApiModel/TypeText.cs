using System.Globalization;
using System.Text;

namespace KvmInterop.ApiModel;

/// <summary><see cref="ApiType"/> as the models write it: <c>u8[3]</c>, <c>struct
/// kvm_msr_entry[]</c>.</summary>
internal static class TypeText
{
    public const string Inline = "inline";

    public static readonly string[] IntegerScalars =
    [
        "u8", "u16", "u32", "u64", "u128", "s8", "s16", "s32", "s64", "s128",
        "char", "bool", "ulong", "slong",
    ];

    private static readonly string[] OtherScalars = ["f32", "f64", "pointer", "void", Inline];

    public static string Format(ApiType type)
    {
        if (type.Dims.Length == 0)
        {
            return type.Name;
        }

        StringBuilder text = new(type.Name);
        foreach (long dimension in type.Dims)
        {
            text.Append('[');
            if (dimension >= 0)
            {
                text.Append(dimension.ToString(CultureInfo.InvariantCulture));
            }

            text.Append(']');
        }

        return text.ToString();
    }

    /// <summary>Reads a type; null when the text is none. The record of an inline type is the
    /// caller's.</summary>
    public static ApiType? Parse(string text, ApiRecord? inline)
    {
        int end = text.IndexOf('[');
        string name = end < 0 ? text : text.Substring(0, end);
        if (!IsName(name))
        {
            return null;
        }

        List<long> dimensions = [];
        for (int open = end; open >= 0 && open < text.Length;)
        {
            int close = text.IndexOf(']', open);
            if (text[open] != '[' || close < 0
                || !TryDimension(text.Substring(open + 1, close - open - 1), open == end, out long dimension))
            {
                return null;
            }

            dimensions.Add(dimension);
            open = close + 1;
        }

        return new ApiType(name, new EquatableArray<long>(dimensions), inline);
    }

    private static bool TryDimension(string text, bool outermost, out long dimension)
    {
        dimension = -1;
        return text.Length == 0
            ? outermost
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out dimension);
    }

    private static bool IsName(string name)
    {
        if (Array.IndexOf(IntegerScalars, name) >= 0 || Array.IndexOf(OtherScalars, name) >= 0)
        {
            return true;
        }

        foreach (string keyword in (string[])["struct ", "union ", "enum "])
        {
            if (name.StartsWith(keyword, StringComparison.Ordinal))
            {
                return IsIdentifier(name, keyword.Length);
            }
        }

        return false;
    }

    private static bool IsIdentifier(string text, int start)
    {
        for (int i = start; i < text.Length; i++)
        {
            char c = text[i];
            bool letter = c is '_' or (>= 'a' and <= 'z') or (>= 'A' and <= 'Z');
            if (!letter && (i == start || c is not (>= '0' and <= '9')))
            {
                return false;
            }
        }

        return start < text.Length;
    }
}
