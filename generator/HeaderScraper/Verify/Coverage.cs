using KvmInterop.ApiModel;

namespace KvmInterop.HeaderScraper.Verify;

/// <summary>Whether a model has all that the headers declare, and nothing else.</summary>
internal static class Coverage
{
    private const string There = "there";
    private const string Absent = "absent";
    private static readonly string[] Headers = ["linux/kvm.h", "asm/kvm.h"];

    public static IReadOnlyList<Difference> Of(ApiDocument model, HeaderInventory inventory) =>
    [
        .. Macros(model, inventory),
        .. Records(model, inventory),
        .. Compare(
            "enum member",
            Names(model.Enums
                .Where(e => Headers.Contains(e.Header))
                .SelectMany(e => e.Members.Select(m => m.Name))),
            Names(inventory.Declarations.EnumMembers.Keys)),
    ];

    /// <summary>Macros that the model skips as no constants and that C takes as constants.</summary>
    public static IEnumerable<Difference> SkippedConstants(
        ApiDocument model, HeaderInventory inventory, CompilerTarget target)
    {
        var skipped = Names(model.Skipped.Select(s => s.Name));
        List<string> left = [.. inventory.Macros
            .Where(m => !m.IsFunctionLike && m.Body.Length > 0 && skipped.Contains(m.Name))
            .Select(m => m.Name)];

        // gcc names an undeclared identifier only where it is used first: what passed is asked again.
        for (int before = -1; left.Count > 0 && left.Count != before;)
        {
            before = left.Count;
            IEnumerable<string> lines =
                left.Select((name, i) => $"const unsigned long long v{i} = ({name});");
            string source = $"#include <linux/kvm.h>\n{string.Join('\n', lines)}\n";
            Dictionary<int, string> errors = Compilation.ToObject(target, source).ErrorsByLine();
            left = [.. left.Where((_, i) => !errors.ContainsKey(i + 2))];
        }

        return left.Select(name => new Difference(name, "macro", "no constant", "one"));
    }

    private static IEnumerable<Difference> Macros(ApiDocument model, HeaderInventory inventory) => Compare(
        "macro",
        Names([
            .. model.Constants.Select(c => c.Name),
            .. model.Ioctls.Select(i => i.Name),
            .. model.Functions.Select(f => f.Name),
            .. model.Skipped.Select(s => s.Name),
        ]),
        Names(inventory.Macros.Select(m => m.Name)));

    // A record of another header is in the model because a member needs it; the inventory has none of those.
    private static IEnumerable<Difference> Records(ApiDocument model, HeaderInventory inventory)
    {
        Dictionary<string, List<string>> declared = inventory.Declarations.Records;
        ApiRecord[] records = [.. model.Records.Where(r => Headers.Contains(r.Header))];
        HashSet<string> names = Names(records.Select(r => r.Name));
        IEnumerable<Difference> all = Compare("record", names, Names(declared.Keys));
        foreach (ApiRecord record in records.Where(r => declared.ContainsKey(r.Name)))
        {
            all = all.Concat(Compare(
                "member",
                Names(Paths(record, "").Select(path => $"{record.Name}.{path}")),
                Names(declared[record.Name].Select(path => $"{record.Name}.{path}"))));
        }

        return all;
    }

    private static IEnumerable<string> Paths(ApiRecord record, string prefix)
    {
        foreach (ApiField field in record.Fields)
        {
            string path = prefix + field.Name;
            if (field.Name.Length > 0)
            {
                yield return path;
            }

            IEnumerable<string> inner = field.Type.Inline is { } inline
                ? Paths(inline, field.Name.Length > 0 ? path + "." : prefix)
                : [];
            foreach (string name in inner)
            {
                yield return name;
            }
        }
    }

    private static HashSet<string> Names(IEnumerable<string> names) => new(names, StringComparer.Ordinal);

    private static IEnumerable<Difference> Compare(string kind, HashSet<string> model, HashSet<string> c) =>
    [
        .. c.Except(model).Select(name => new Difference(name, kind, Absent, There)),
        .. model.Except(c).Select(name => new Difference(name, kind, There, Absent)),
    ];
}
