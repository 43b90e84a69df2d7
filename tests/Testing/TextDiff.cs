using System.Text;

namespace KvmInterop.Tests.Testing;

/// <summary>Shows why two texts differ: everything from the first to the last differing line.</summary>
public static class TextDiff
{
    private const int Context = 3;
    private const int MostLines = 40;

    /// <summary>The differing lines with their surroundings; '-' is expected, '+' is actual.</summary>
    public static string Between(string expected, string actual)
    {
        string[] before = expected.Split('\n');
        string[] after = actual.Split('\n');
        int start = 0;
        while (start < before.Length && start < after.Length && before[start] == after[start])
        {
            start++;
        }

        int same = 0;
        int shorter = Math.Min(before.Length, after.Length) - start;
        while (same < shorter && before[^(same + 1)] == after[^(same + 1)])
        {
            same++;
        }

        var text = new StringBuilder();
        int first = Math.Max(0, start - Context);
        text.Append("@@ line ").Append(start + 1).Append(" @@\n");
        Append(text, ' ', before.AsSpan(first..start));
        Append(text, '-', before.AsSpan(start..^same));
        Append(text, '+', after.AsSpan(start..^same));
        Append(text, ' ', before.AsSpan(before.Length - same, Math.Min(same, Context)));
        return text.ToString();
    }

    private static void Append(StringBuilder text, char mark, ReadOnlySpan<string> lines)
    {
        foreach (string line in lines[..Math.Min(lines.Length, MostLines)])
        {
            text.Append(mark).Append(line).Append('\n');
        }

        if (lines.Length > MostLines)
        {
            text.Append(mark).Append(" ... ").Append(lines.Length - MostLines).Append(" more lines\n");
        }
    }
}
