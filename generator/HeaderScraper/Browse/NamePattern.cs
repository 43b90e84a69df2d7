namespace KvmInterop.HeaderScraper.Browse;

/// <summary>A name with <c>*</c> for any text and <c>?</c> for one letter; case does not matter.</summary>
internal sealed class NamePattern(string pattern)
{
    /// <summary>Matches every name.</summary>
    public static NamePattern All { get; } = new("*");

    public bool Matches(string name) => Matches(pattern, name);

    // Where a star was, and where the name stood then: enough to go back to, because a later star makes an
    // earlier one's choice final.
    private static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        int at = 0;
        int star = -1;
        int mark = 0;
        for (int i = 0; i < name.Length;)
        {
            if (at < pattern.Length && pattern[at] == '*')
            {
                star = at++;
                mark = i;
            }
            else if (at < pattern.Length && (pattern[at] == '?' || IsSame(pattern[at], name[i])))
            {
                at++;
                i++;
            }
            else if (star >= 0)
            {
                at = star + 1;
                i = ++mark;
            }
            else
            {
                return false;
            }
        }

        return pattern[at..].TrimStart('*').IsEmpty;
    }

    private static bool IsSame(char left, char right) =>
        char.ToUpperInvariant(left) == char.ToUpperInvariant(right);
}
