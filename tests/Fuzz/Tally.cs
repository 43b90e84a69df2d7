using System.Globalization;

namespace KvmInterop.Tests.Fuzz;

/// <summary>
/// Counts how far inputs come: those that all end at the first check say nothing about what is behind it.
/// </summary>
internal sealed class Tally
{
    private readonly SortedDictionary<string, long> counts = new(StringComparer.Ordinal);

    public long this[string what] => counts.GetValueOrDefault(what);

    public void Add(string what, long more = 1) => counts[what] = this[what] + more;

    public override string ToString() => string.Join(
        ", ", counts.Select(each => string.Create(CultureInfo.InvariantCulture, $"{each.Value:#,0} {each.Key}")));
}
