namespace KvmInterop.Generator.Plan;

/// <summary>A C name, or a pattern of them: <c>*</c> is any text, <c>?</c> any character, and <c>!</c> before
/// it leaves out what it matches.</summary>
internal sealed class NamePattern(string entry)
{
    public bool Excludes { get; } = entry.StartsWith("!", StringComparison.Ordinal);

    public string Text { get; } = entry.TrimStart('!');

    public static bool HasWildcard(string text) => text.IndexOf('*') >= 0 || text.IndexOf('?') >= 0;

    public bool Matches(string name)
    {
        // Where the last star stands, and how much of the name it has taken so far.
        int star = -1;
        int taken = 0;
        int at = 0;
        int i = 0;
        while (i < name.Length)
        {
            if (at < Text.Length && Text[at] == '*')
            {
                star = at++;
                taken = i;
            }
            else if (at < Text.Length && (Text[at] == '?' || Text[at] == name[i]))
            {
                at++;
                i++;
            }
            else if (star >= 0)
            {
                at = star + 1;
                i = ++taken;
            }
            else
            {
                return false;
            }
        }

        while (at < Text.Length && Text[at] == '*')
        {
            at++;
        }

        return at == Text.Length;
    }
}
