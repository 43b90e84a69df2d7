using System.Globalization;
using Microsoft.CodeAnalysis.CSharp;

namespace KvmInterop.Generator.Text;

/// <summary>Writes values as C# has them, from the decimal digits of a model.</summary>
internal static class Literal
{
    public static string Of(string type, string value) => type switch
    {
        "string" => SymbolDisplay.FormatLiteral(value, quote: true),
        "uint" => Hex(value) + "u",
        "ulong" => Hex(value) + "ul",
        "long" when value == "-9223372036854775808" => "long.MinValue",
        "long" => value + "L",
        _ => value,
    };

    public static string Hex(uint value) => "0x" + value.ToString("X", CultureInfo.InvariantCulture);

    /// <summary>The value in both forms where they differ: <c>32 (0x20)</c>.</summary>
    public static string ForPeople(string value) =>
        value.Length > 1 && value[0] != '-' ? $"{value} ({Hex(value)})" : value;

    /// <summary>Headers write unsigned numbers in hexadecimal; so they can be found again.</summary>
    private static string Hex(string value) =>
        ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
            ? "0x" + number.ToString("X", CultureInfo.InvariantCulture)
            : value;
}
