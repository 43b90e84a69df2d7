using System.Globalization;
using KvmInterop.ApiModel;

namespace KvmInterop.HeaderScraper.Functions;

/// <summary>Integer and character constants (C11 6.4.4).</summary>
internal static class CNumber
{
    /// <summary>Null for what is no integer constant, such as <c>1.5</c>.</summary>
    public static ApiLiteral? Read(string token)
    {
        if (token[0] == '\'')
        {
            // A longer one, or an escape, is nothing that a header of the kernel computes with.
            return token.Length == 3 && token[1] is not '\\' and < '\x80'
                ? CArithmetic.Literal(CArithmetic.Int, token[1])
                : null;
        }

        string digits = token.TrimEnd('u', 'U', 'l', 'L');
        string suffix = token[digits.Length..].ToUpperInvariant();
        if (suffix is not ("" or "U" or "L" or "UL" or "LU" or "LL" or "ULL" or "LLU"))
        {
            return null;
        }

        bool isDecimal = digits == "0" || digits[0] != '0';
        if (!TryRead(digits, isDecimal, out ulong value))
        {
            return null;
        }

        bool unsigned = suffix.Contains('U', StringComparison.Ordinal);
        bool wide = suffix.Contains('L', StringComparison.Ordinal);
        string type = (unsigned, wide) switch
        {
            (false, false) when value <= int.MaxValue => "s32",
            (true, false) when value <= uint.MaxValue => "u32",
            // A constant that is not decimal takes an unsigned type before it takes a wider one.
            (false, false) when !isDecimal && value <= uint.MaxValue => "u32",
            (false, _) when value <= long.MaxValue => "s64",
            _ => "u64",
        };
        return CArithmetic.Literal(type, value);
    }

    private static bool TryRead(string digits, bool isDecimal, out ulong value)
    {
        if (isDecimal)
        {
            return ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);
        }

        string rest = digits[1..];
        if (rest.Length > 1 && rest[0] is 'x' or 'X')
        {
            return ulong.TryParse(
                rest[1..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        }

        bool binary = rest[0] is 'b' or 'B';
        value = 0;
        foreach (char c in binary ? rest[1..] : rest)
        {
            int digit = c - '0';
            int radix = binary ? 2 : 8;
            if (digit < 0 || digit >= radix)
            {
                return false;
            }

            value = unchecked((value * (ulong)radix) + (ulong)digit);
        }

        return rest.Length <= (binary ? 65 : 21);
    }
}
