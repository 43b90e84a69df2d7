using KvmInterop.ApiModel;

namespace KvmInterop.HeaderScraper.Browse;

/// <summary>What a name of the headers stands for.</summary>
internal enum EntryKind
{
    Record,
    Ioctl,
    Constant,
    Enum,
    Function,
    Skipped,
}

/// <param name="Kind">A member of an enum is a constant.</param>
/// <param name="Item">The model's own: a record, ioctl, constant, enum, enum's member or skipped
/// macro.</param>
/// <param name="Of">The enum that a member is of.</param>
internal sealed record Entry(EntryKind Kind, string Name, object Item, ApiEnum? Of = null);

/// <summary>Everything with a name in one model.</summary>
internal sealed class Catalog
{
    private readonly Dictionary<string, List<Entry>> byName = [];

    private Catalog(ApiDocument document, IReadOnlyList<Entry> entries)
    {
        Document = document;
        Entries = entries;
        foreach (Entry entry in entries)
        {
            if (!byName.TryGetValue(entry.Name, out List<Entry>? same))
            {
                byName.Add(entry.Name, same = []);
            }

            same.Add(entry);
        }
    }

    public ApiDocument Document { get; }

    /// <summary>Records, then ioctls, constants, enums, functions and what was skipped; each kind in order of
    /// names.</summary>
    public IReadOnlyList<Entry> Entries { get; }

    public IEnumerable<string> Names => byName.Keys;

    public static Catalog Of(ApiDocument document) => new(document,
    [
        .. document.Records.Select(record => new Entry(EntryKind.Record, record.Name, record)),
        .. document.Ioctls.Select(ioctl => new Entry(EntryKind.Ioctl, ioctl.Name, ioctl)),
        .. Constants(document).OrderBy(entry => entry.Name, StringComparer.Ordinal),
        .. document.Enums.Where(item => item.Name.Length > 0)
            .Select(item => new Entry(EntryKind.Enum, item.Name, item)),
        .. document.Functions.Select(function => new Entry(EntryKind.Function, function.Name, function)),
        .. document.Skipped.Select(macro => new Entry(EntryKind.Skipped, macro.Name, macro)),
    ]);

    /// <summary>All that a name stands for: a record and a macro may share one.</summary>
    /// <param name="name">C's name; a keyword before a tag (<c>struct kvm_regs</c>) is accepted.</param>
    public IReadOnlyList<Entry> Find(string name)
    {
        string[] words = name.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string last = words.Length == 0 ? "" : words[^1];
        if (byName.TryGetValue(last, out List<Entry>? found))
        {
            return found;
        }

        string[] alike = [.. Names.Where(one => one.Equals(last, StringComparison.OrdinalIgnoreCase))];
        return alike is [string only] ? byName[only] : [];
    }

    // `#define KVM_DEV_TYPE_VFIO KVM_DEV_TYPE_VFIO` beside the enum's member of that name is one constant.
    private static IEnumerable<Entry> Constants(ApiDocument document)
    {
        HashSet<string> macros = [];
        foreach (ApiConstant constant in document.Constants)
        {
            macros.Add(constant.Name);
            yield return new Entry(EntryKind.Constant, constant.Name, constant);
        }

        foreach (ApiEnum item in document.Enums)
        {
            foreach (ApiEnumMember member in item.Members)
            {
                if (!macros.Contains(member.Name))
                {
                    yield return new Entry(EntryKind.Constant, member.Name, member, item);
                }
            }
        }
    }
}
