using System.Globalization;
using System.Text;

namespace KvmInterop.Machine;

/// <summary>The numbers of GDB's remote protocol: hexadecimal, and bytes as pairs of digits.</summary>
internal static class GdbHex
{
    /// <summary>A number, most significant digit first.</summary>
    internal static bool TryNumber(ReadOnlySpan<byte> text, out ulong number)
    {
        number = 0;
        return text.Length is > 0 and <= 16
            && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>Two numbers with a separator between them, and what follows.</summary>
    internal static bool TryPair(
        ReadOnlySpan<byte> text, byte separator, byte end, out ulong first, out ulong second,
        out ReadOnlySpan<byte> rest)
    {
        int stop = text.IndexOf(end);
        rest = stop < 0 ? default : text[(stop + 1)..];
        ReadOnlySpan<byte> numbers = stop < 0 ? text : text[..stop];
        int middle = numbers.IndexOf(separator);
        second = 0;
        first = 0;
        return middle >= 0 && TryNumber(numbers[..middle], out first)
            && TryNumber(numbers[(middle + 1)..], out second);
    }

    internal static bool TryBytes(ReadOnlySpan<byte> text, Span<byte> bytes) =>
        text.Length == bytes.Length * 2
        && Convert.FromHexString(text, bytes, out _, out int written) == System.Buffers.OperationStatus.Done
        && written == bytes.Length;

    internal static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    internal static string OfText(string text) => Of(Encoding.UTF8.GetBytes(text));

    internal static string Of(ulong number) => number.ToString("x", CultureInfo.InvariantCulture);
}
