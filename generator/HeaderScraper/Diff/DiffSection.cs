using KvmInterop.HeaderScraper.Browse;

namespace KvmInterop.HeaderScraper.Diff;

/// <summary>Changes under one heading, the same in every report for people.</summary>
internal sealed record DiffSection(string Title, Breaks Breaks, bool IsAdded, IReadOnlyList<Reported> Changes)
{
    /// <summary>What breaks most comes first, what is new last; sections without changes are left
    /// out.</summary>
    public static IReadOnlyList<DiffSection> Of(ModelDiff diff)
    {
        DiffSection[] sections =
        [
            Broken("Breaks source and binary compatibility", Breaks.Both),
            Broken("Breaks binary compatibility", Breaks.Binary),
            Broken("Breaks source compatibility", Breaks.Source),
            new("Accepted", Breaks.None, false,
                [.. diff.Changes.Where(one => one.Change.Breaks != Breaks.None && one.Known is not null)]),
            new("Changed without breaking", Breaks.None, false, [.. Harmless(added: false)]),
            new("Added", Breaks.None, true, [.. Harmless(added: true)]),
        ];
        return [.. sections.Where(section => section.Changes.Count > 0)];

        DiffSection Broken(string title, Breaks breaks) =>
            new(title, breaks, false,
                [.. diff.Changes.Where(one => one.IsBreaking && one.Change.Breaks == breaks)]);

        IEnumerable<Reported> Harmless(bool added) => diff.Changes.Where(one =>
            one.Change.Breaks == Breaks.None && one.Change.Kind == ChangeKind.Added == added);
    }

    /// <summary>The changes that have a line.</summary>
    public IReadOnlyList<Reported> Shown { get; } = [.. Changes.Where(one => !one.Change.IsFolded)];

    /// <summary><c>, with its 3 members</c> for a member that took others with it.</summary>
    public string Followers(Reported one)
    {
        if (one.Change is not { Subject: Subject.Field, Kind: ChangeKind.Moved })
        {
            return "";
        }

        int count = Changes.Count(other => other.Change is { Kind: ChangeKind.Moved, IsFolded: true }
            && other.Change.Name.StartsWith(one.Change.Name + ".", StringComparison.Ordinal)
            && other.Architectures.SequenceEqual(one.Architectures));
        return count == 0 ? "" : $", with its {Count.Of(count, "member")}";
    }

    /// <summary>One sentence for all of it.</summary>
    public static string Summary(ModelDiff diff)
    {
        if (diff.Changes.Count == 0)
        {
            return "Nothing changed.";
        }

        Reported[] shown = [.. diff.Changes.Where(one => !one.Change.IsFolded)];
        int Broken(Breaks breaks) => shown.Count(one => one.IsBreaking && one.Change.Breaks == breaks);
        int accepted = shown.Count(one => one.Change.Breaks != Breaks.None && one.Known is not null);
        int added = shown.Count(one => one.Change.Kind == ChangeKind.Added);
        int other = shown.Count(one =>
            one.Change.Breaks == Breaks.None && one.Change.Kind != ChangeKind.Added);
        string[] parts =
        [
            Part(Broken(Breaks.Both), "break source and binary compatibility"),
            Part(Broken(Breaks.Binary), "break binary compatibility"),
            Part(Broken(Breaks.Source), "break source compatibility"),
            Part(accepted, "accepted"),
            Part(other, "without breaking"),
            Part(added, "added"),
        ];
        return $"{Count.Of(shown.Length, "change")}: "
            + $"{string.Join(", ", parts.Where(part => part.Length > 0))}.";
    }

    private static string Part(int count, string what) => count == 0 ? "" : $"{count} {what}";
}
