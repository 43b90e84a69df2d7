using System.Globalization;
using System.Text.RegularExpressions;

namespace KvmInterop.HeaderScraper.Headers;

/// <summary>Reads <c>linux/version.h</c>.</summary>
internal static partial class KernelVersion
{
    /// <summary>Major, minor and patch level, or null where the file is missing or says nothing.</summary>
    public static string? Read(string include)
    {
        string file = Path.Combine(include, "linux", "version.h");
        return File.Exists(file) ? Parse(File.ReadAllText(file)) : null;
    }

    public static string? Parse(string text)
    {
        Dictionary<string, long> values = Definitions().Matches(text).ToDictionary(
            m => m.Groups[1].Value, m => long.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture));

        // The code has one byte for the patch level, which stays at 255 for 6.1.256 and later: the parts come
        // first.
        if (values.TryGetValue("MAJOR", out long major) && values.TryGetValue("PATCHLEVEL", out long minor)
            && values.TryGetValue("SUBLEVEL", out long patch))
            return string.Create(CultureInfo.InvariantCulture, $"{major}.{minor}.{patch}");

        return values.TryGetValue("CODE", out long code)
            ? string.Create(CultureInfo.InvariantCulture, $"{code >> 16}.{(code >> 8) & 0xff}.{code & 0xff}")
            : null;
    }

    [GeneratedRegex(
        @"^\s*#\s*define\s+LINUX_VERSION_(CODE|MAJOR|PATCHLEVEL|SUBLEVEL)\s+(\d{1,12})\s*$",
        RegexOptions.Multiline)]
    private static partial Regex Definitions();
}
