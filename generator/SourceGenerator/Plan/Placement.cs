using KvmInterop.ApiModel;

namespace KvmInterop.Generator.Plan;

/// <summary>
/// Decides what is the same on every architecture that has it, by comparing; there is no list of names.
/// </summary>
internal sealed class Placement
{
    private readonly Dictionary<string, Placed<FlatRecord>> records = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Placed<ApiEnum>> enums = new(StringComparer.Ordinal);

    public Placement(IReadOnlyList<ApiDocument> documents)
    {
        List<string> names = [];
        foreach (ApiDocument document in documents)
        {
            names.AddRange(document.Records.Select(record => record.Name));
            names.AddRange(document.Enums.Select(item => item.Name));
        }

        foreach (ApiDocument document in documents)
        {
            ArchitectureSet architecture = Plan.Architectures.FromModel(document.Architecture);
            Architectures |= architecture;
            foreach (FlatRecord record in RecordFlattener.Flatten(document, names).Values)
            {
                Add(records, record.Record.Name, architecture, record, Shape.Same);
            }

            foreach (ApiEnum item in document.Enums.Where(item => item.Name.Length > 0))
            {
                Add(enums, item.Name, architecture, item, Shape.Same);
            }
        }

        SpreadDifferences();
    }

    /// <summary>The architectures of the given models.</summary>
    public ArchitectureSet Architectures { get; }

    public IEnumerable<Placed<FlatRecord>> Records => records.Values;

    public IEnumerable<Placed<ApiEnum>> Enums => enums.Values;

    public Placed<FlatRecord>? FindRecord(string name) =>
        records.TryGetValue(name, out var found) ? found : null;

    public Placed<ApiEnum>? FindEnum(string name) => enums.TryGetValue(name, out var found) ? found : null;

    /// <summary>
    /// Whether a type by that name (<c>struct x</c>, <c>u32</c>) is the same type everywhere.
    /// </summary>
    public bool IsShared(ApiType type)
    {
        int space = type.Name.IndexOf(' ');
        if (space < 0)
        {
            return true;
        }

        string name = type.Name.Substring(space + 1);
        bool? shared = CSharpType.IsEnum(type) ? FindEnum(name)?.IsShared : FindRecord(name)?.IsShared;
        return shared != false;
    }

    public static void Add<T>(
        IDictionary<string, Placed<T>> map, string name, ArchitectureSet architecture, T item,
        Func<T, T, bool> same)
    {
        if (!map.TryGetValue(name, out Placed<T> placed))
        {
            map[name] = placed = new Placed<T>(name);
        }

        placed.Add(architecture, item, same);
    }

    /// <summary>What holds a record that differs, differs.</summary>
    private void SpreadDifferences()
    {
        bool changed;
        do
        {
            changed = false;
            foreach (Placed<FlatRecord> placed in records.Values.Where(placed => placed.IsShared))
            {
                if (!placed.First.Record.Fields.All(field => IsShared(field.Type)))
                {
                    placed.IsShared = false;
                    changed = true;
                }
            }
        }
        while (changed);
    }
}

/// <summary>One name and what each architecture that has it means by it.</summary>
internal sealed class Placed<T>(string name)
{
    private readonly List<KeyValuePair<ArchitectureSet, T>> variants = [];

    public string Name { get; } = name;

    public ArchitectureSet Architectures { get; private set; }

    public bool IsShared { get; set; } = true;

    public T First => variants[0].Value;

    public IReadOnlyList<KeyValuePair<ArchitectureSet, T>> Variants => variants;

    public void Add(ArchitectureSet architecture, T item, Func<T, T, bool> same)
    {
        // Comparing with the first is enough: as soon as one differs, nothing is shared.
        IsShared = IsShared && (variants.Count == 0 || same(First, item));
        variants.Add(new KeyValuePair<ArchitectureSet, T>(architecture, item));
        Architectures |= architecture;
    }
}
