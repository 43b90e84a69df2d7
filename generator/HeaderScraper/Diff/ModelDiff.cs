using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Browse;

namespace KvmInterop.HeaderScraper.Diff;

/// <summary>A change, and the architectures where it is the same.</summary>
/// <param name="Known">The line of the list of accepted changes that has it, or null.</param>
internal sealed record Reported(Change Change, IReadOnlyList<string> Architectures, KnownChange? Known)
{
    /// <summary>Breaks something that nobody accepted.</summary>
    public bool IsBreaking => Change.Breaks != Breaks.None && Known is null;
}

/// <summary>Everything that differs between two kernels' models.</summary>
/// <param name="Architectures">Those that were compared, in the project's order.</param>
/// <param name="Changes">By what changed, and then by name.</param>
internal sealed record ModelDiff(
    DiffSide Old, DiffSide New, IReadOnlyList<string> Architectures, IReadOnlyList<Reported> Changes)
{
    public bool IsBreaking => Changes.Any(change => change.IsBreaking);

    /// <param name="wanted">Null for all that both have.</param>
    /// <exception cref="ScrapeException">They have nothing in common, or not what is wanted.</exception>
    public static ModelDiff Of(ModelSet old, ModelSet @new, IReadOnlyList<string>? wanted, KnownChanges known)
    {
        string[] compared = [.. wanted ?? old.Architectures.Intersect(@new.Architectures)];
        if (compared.Length == 0)
        {
            throw new ScrapeException(
                $"{old.Name} has {string.Join(", ", old.Architectures)} and {@new.Name} has "
                + $"{string.Join(", ", @new.Architectures)}: there is nothing to compare");
        }

        IReadOnlyList<ApiDocument> before = old.Load(compared);
        IReadOnlyList<ApiDocument> after = @new.Load(compared);
        Dictionary<Change, List<string>> found = [];
        if (wanted is null && old.IsWhole && @new.IsWhole)
        {
            Add(found, old.Architectures.Except(compared), ChangeKind.Removed, Breaks.Source);
            Add(found, @new.Architectures.Except(compared), ChangeKind.Added, Breaks.None);
        }

        for (int i = 0; i < compared.Length; i++)
        {
            foreach (Change change in Between(before[i], after[i]))
            {
                Add(found, change, compared[i]);
            }
        }

        // Sorting is stable: members of a record stay in the order of declaration.
        return new ModelDiff(
            DiffSide.Of(old.Name, before), DiffSide.Of(@new.Name, after), compared,
            [
                .. found.OrderBy(one => one.Key.Subject).ThenBy(one => one.Key.Outer, StringComparer.Ordinal)
                    .Select(one => new Reported(one.Key, one.Value, known.Find(one.Key, one.Value))),
            ]);
    }

    /// <summary>What differs on one architecture.</summary>
    public static IEnumerable<Change> Between(ApiDocument old, ApiDocument @new) =>
        [.. RecordChanges.Of(old, @new), .. MacroChanges.Of(old, @new), .. EnumChanges.Of(old, @new)];

    private static void Add(
        Dictionary<Change, List<string>> found, IEnumerable<string> names, ChangeKind kind, Breaks breaks)
    {
        foreach (string name in names)
        {
            Add(found, new Change(Subject.Architecture, name, kind, "", "", breaks), name);
        }
    }

    private static void Add(Dictionary<Change, List<string>> found, Change change, string architecture)
    {
        if (!found.TryGetValue(change, out List<string>? architectures))
        {
            found.Add(change, architectures = []);
        }

        architectures.Add(architecture);
    }
}

/// <summary>One of the two kernels.</summary>
/// <param name="Name">How the user called it.</param>
/// <param name="Version">What its headers say; empty where they say nothing.</param>
internal sealed record DiffSide(string Name, string Version, IReadOnlyList<ApiDocument> Models)
{
    /// <summary><c>6.12 (6.12.107)</c>.</summary>
    public string Title => Version.Length == 0 || Version == Name ? Name : $"{Name} ({Version})";

    /// <summary><c>6.12.107</c>.</summary>
    public string ShortTitle => Version.Length == 0 ? Name : Version;

    public static DiffSide Of(string name, IReadOnlyList<ApiDocument> models) => new(
        name,
        models.Select(model => model.LinuxVersion).FirstOrDefault(version => version.Length > 0) ?? "",
        models);
}
