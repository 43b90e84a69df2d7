using System.Globalization;
using System.Text.RegularExpressions;

namespace KvmInterop.HeaderScraper.Browse;

/// <summary>Reads a request number as tools write it.</summary>
internal static partial class RequestText
{
    /// <summary>
    /// 0x4090ae82; 1083223682; -2138001791, as a C int prints; 0xffffffff8090ae81, as a long that was one; or
    /// strace's _IOC(_IOC_READ|_IOC_WRITE, 0xae, 0x5, 0x4), which depends on the architecture.
    /// </summary>
    /// <returns>Null where the text is no number of 32 bits.</returns>
    public static RequestNumber? Parse(string text, string architecture)
    {
        string trimmed = text.Trim();
        if (trimmed.StartsWith("_IOC", StringComparison.Ordinal))
        {
            return ParseParts(trimmed, architecture);
        }

        bool hex = trimmed.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        if (hex ? ulong.TryParse(trimmed[2..], NumberStyles.AllowHexSpecifier, null, out ulong bits)
            : ulong.TryParse(trimmed, NumberStyles.None, null, out bits))
        {
            return FromLong(unchecked((long)bits), architecture);
        }

        return long.TryParse(trimmed, NumberStyles.AllowLeadingSign, null, out long negative)
            ? FromLong(negative, architecture)
            : null;
    }

    // The kernel takes the low 32 bits; above them is nothing, or the sign of an int that was widened.
    private static RequestNumber? FromLong(long value, string architecture) =>
        value is >= int.MinValue and <= uint.MaxValue
            ? RequestNumber.Of(unchecked((uint)value), architecture)
            : null;

    private static RequestNumber? ParseParts(string text, string architecture)
    {
        Match match = Parts().Match(text);
        RequestNumber layout = RequestNumber.Of(0, architecture);
        if (!match.Success || !TryCode(match.Groups["direction"].Value, layout, out uint direction)
            || !TryNumber(match.Groups["type"].Value, byte.MaxValue, out uint type)
            || !TryNumber(match.Groups["nr"].Value, byte.MaxValue, out uint number)
            || !TryNumber(match.Groups["size"].Value, (1u << layout.SizeBits) - 1, out uint size))
        {
            return null;
        }

        uint value = (direction << layout.DirectionShift) | (size << 16) | (type << 8) | number;
        return RequestNumber.Of(value, architecture);
    }

    private static bool TryCode(string text, RequestNumber layout, out uint code)
    {
        code = 0;
        foreach (string word in text.Split('|', StringSplitOptions.TrimEntries))
        {
            string? direction = word switch
            {
                "_IOC_NONE" => "none",
                "_IOC_READ" => "read",
                "_IOC_WRITE" => "write",
                _ => null,
            };
            if (direction is null)
            {
                return false;
            }

            code |= CodeOf(direction, layout);
        }

        return true;
    }

    private static uint CodeOf(string direction, RequestNumber layout)
    {
        for (uint code = 0; ; code++)
        {
            if ((layout with { Value = code << layout.DirectionShift }).Direction == direction)
            {
                return code;
            }
        }
    }

    private static bool TryNumber(string text, uint most, out uint number) =>
        (text.StartsWith("0x", StringComparison.Ordinal)
            ? uint.TryParse(text[2..], NumberStyles.AllowHexSpecifier, null, out number)
            : uint.TryParse(text, NumberStyles.None, null, out number))
        && number <= most;

    [GeneratedRegex(
        @"^_IOC\((?<direction>[A-Z_|\s]+),\s*(?<type>\w+),\s*(?<nr>\w+),\s*(?<size>\w+)\)$")]
    private static partial Regex Parts();
}
