namespace KvmInterop.HeaderScraper.Browse;

/// <summary>Names that a mistyped one may have meant.</summary>
internal static class Suggestions
{
    private const int Most = 3;

    /// <summary>The nearest names, the best first; none where nothing is near.</summary>
    public static IReadOnlyList<string> For(string name, IEnumerable<string> known)
    {
        string wanted = Fold(name);
        int limit = Math.Max(2, wanted.Length / 4);
        return
        [
            .. known.Distinct()
                .Select(one => (Name: one, Distance: Distance(wanted, Fold(one))))
                .Where(one => one.Distance <= limit)
                .OrderBy(one => one.Distance)
                .ThenBy(one => Math.Abs(one.Name.Length - name.Length))
                .ThenBy(one => one.Name, StringComparer.Ordinal)
                .Take(Most)
                .Select(one => one.Name),
        ];
    }

    // KVM_, kvm_ and no prefix at all are what people mix up first.
    private static string Fold(string name)
    {
        string folded = name.ToLowerInvariant();
        return folded.StartsWith("kvm_", StringComparison.Ordinal) ? folded[4..] : folded;
    }

    /// <summary>Edits between two texts, where two letters that changed places are one (the restricted
    /// Damerau-Levenshtein distance).</summary>
    internal static int Distance(string left, string right)
    {
        int[] before = new int[right.Length + 1];
        int[] last = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 1; i <= left.Length; i++)
        {
            int[] row = new int[right.Length + 1];
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int change = left[i - 1] == right[j - 1] ? 0 : 1;
                row[j] = Math.Min(Math.Min(row[j - 1], last[j]) + 1, last[j - 1] + change);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
                }
            }

            (before, last) = (last, row);
        }

        return last[right.Length];
    }
}
