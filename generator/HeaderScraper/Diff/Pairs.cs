namespace KvmInterop.HeaderScraper.Diff;

/// <summary>What two lists have under the same key, beside each other.</summary>
internal static class Pairs
{
    /// <summary>In order of keys; one of the two is null where only the other list has it.</summary>
    public static IEnumerable<(T? Old, T? New)> Of<T>(
        IEnumerable<T> old, IEnumerable<T> @new, Func<T, string> key)
        where T : class
    {
        Dictionary<string, T> before = First(old, key);
        Dictionary<string, T> after = First(@new, key);
        SortedSet<string> keys = new(before.Keys, StringComparer.Ordinal);
        keys.UnionWith(after.Keys);
        foreach (string name in keys)
        {
            yield return (before.GetValueOrDefault(name), after.GetValueOrDefault(name));
        }
    }

    private static Dictionary<string, T> First<T>(IEnumerable<T> items, Func<T, string> key)
    {
        Dictionary<string, T> byKey = [];
        foreach (T item in items)
        {
            byKey.TryAdd(key(item), item);
        }

        return byKey;
    }
}
