using KvmInterop.HeaderScraper.Browse;

namespace KvmInterop.HeaderScraper.Diff;

/// <summary>A line of a list of accepted changes: <c>removed KVM_OLD x64,arm64</c>.</summary>
/// <param name="Architectures">None for all.</param>
internal sealed record KnownChange(
    int Line, string Text, string Kind, NamePattern Name, IReadOnlyList<string> Architectures)
{
    /// <summary>A part of a change is accepted with the whole.</summary>
    public bool Covers(Change change, IReadOnlyList<string> architectures) =>
        Kind.Equals(change.Kind.ToString(), StringComparison.OrdinalIgnoreCase)
        && (Name.Matches(change.Name) || (change.PartOf.Length > 0 && Name.Matches(change.PartOf)))
        && (Architectures.Count == 0 || architectures.All(Architectures.Contains));
}

/// <summary>The changes that a user accepts, a line each.</summary>
internal sealed class KnownChanges
{
    private const char Comment = '#';

    private readonly IReadOnlyList<KnownChange> entries;
    private readonly HashSet<int> usedLines = [];

    private KnownChanges(IReadOnlyList<KnownChange> entries)
    {
        this.entries = entries;
    }

    /// <summary>Nothing is accepted.</summary>
    public static KnownChanges None => new([]);

    /// <summary>Lines that accepted nothing: the change that they were for is none any more.</summary>
    public IEnumerable<KnownChange> Unused => entries.Where(entry => !usedLines.Contains(entry.Line));

    public static KnownChanges Read(string file) => Parse(File.ReadAllLines(file), file);

    /// <exception cref="ScrapeException">A line is no such entry.</exception>
    public static KnownChanges Parse(IReadOnlyList<string> lines, string file)
    {
        List<KnownChange> entries = [];
        for (int i = 0; i < lines.Count; i++)
        {
            string text = lines[i].Split(Comment)[0].Trim();
            if (text.Length > 0)
            {
                entries.Add(ParseLine(text, i + 1, file));
            }
        }

        return new KnownChanges(entries);
    }

    public KnownChange? Find(Change change, IReadOnlyList<string> architectures)
    {
        KnownChange? first = null;
        foreach (KnownChange entry in entries.Where(entry => entry.Covers(change, architectures)))
        {
            usedLines.Add(entry.Line);
            first ??= entry;
        }

        return first;
    }

    private static KnownChange ParseLine(string text, int line, string file)
    {
        string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is < 2 or > 3)
        {
            throw new ScrapeException(
                $"{file}:{line}: a line has a change, a name and perhaps architectures, "
                + "such as: removed KVM_OLD x64,arm64");
        }

        string[] kinds = [.. Enum.GetNames<ChangeKind>().Select(kind => kind.ToLowerInvariant())];
        return kinds.Contains(words[0])
            ? new KnownChange(
                line, text, words[0], new NamePattern(words[1]), words.Length == 3 ? words[2].Split(',') : [])
            : throw new ScrapeException(
                $"{file}:{line}: '{words[0]}' is no change; changes are {string.Join(", ", kinds)}");
    }
}
