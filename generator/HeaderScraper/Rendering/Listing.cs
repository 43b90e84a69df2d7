using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Browse;

namespace KvmInterop.HeaderScraper.Rendering;

/// <summary>A table of names: a line each, the same for several architectures where they agree.</summary>
/// <param name="kind">Null for every kind.</param>
/// <param name="skipped">The macros without a binding, and only those.</param>
internal sealed class Listing(NamePattern pattern, string? kind, bool skipped)
{
    private sealed record Row(EntryKind Kind, string Name, string Detail);

    public IReadOnlyList<StyledText> Of(IReadOnlyList<ApiDocument> documents)
    {
        Dictionary<Row, List<string>> rows = [];
        foreach (ApiDocument document in documents)
        {
            foreach (Entry entry in Catalog.Of(document).Entries.Where(IsWanted))
            {
                Row row = new(entry.Kind, entry.Name, Detail(entry));
                if (!rows.TryGetValue(row, out List<string>? architectures))
                {
                    rows.Add(row, architectures = []);
                }

                architectures.Add(document.Architecture);
            }
        }

        Row[] ordered =
        [
            .. rows.Keys.OrderBy(row => row.Kind).ThenBy(row => row.Name, StringComparer.Ordinal)
                .ThenBy(row => row.Detail, StringComparer.Ordinal),
        ];
        int names = ordered.Select(row => row.Name.Length).DefaultIfEmpty().Max();
        int details = ordered.Select(row => row.Detail.Length).DefaultIfEmpty().Max();
        return
        [
            .. ordered.Select(row => Line(row, names, details, rows[row], documents.Count)),
        ];
    }

    // A function-like macro that has no binding is a function too, for who asks for skipped ones of that
    // kind.
    private bool IsWanted(Entry entry)
    {
        bool isSkipped = entry.Item is ApiSkipped;
        return pattern.Matches(entry.Name)
            && (skipped ? isSkipped : entry.Kind != EntryKind.Skipped)
            && (kind is null || kind == KindOf(entry));
    }

    private static string KindOf(Entry entry) => entry.Item is ApiSkipped macro && SkippedMacro.IsFunction(macro)
        ? Word(EntryKind.Function)
        : Word(entry.Kind);

    private static StyledText Line(Row row, int names, int details, List<string> architectures, int all)
    {
        const int kinds = 10;
        StyledText line = new StyledText(Word(row.Kind), Style.Dim).PadTo(kinds)
            .Append(row.Name, Style.Name).PadTo(kinds + names + 2)
            .Append(row.Detail);
        return all == 1
            ? line
            : line.PadTo(kinds + names + 2 + details + 2)
                .Append(architectures.Count == all ? "all" : string.Join(", ", architectures), Style.Dim);
    }

    private static string Word(EntryKind kind) => kind switch
    {
        EntryKind.Skipped => "macro",
        _ => kind.ToString().ToLowerInvariant(),
    };

    private static string Detail(Entry entry) => entry.Item switch
    {
        ApiRecord record => $"{record.Kind}, {record.Size} bytes",
        ApiIoctl ioctl => $"0x{ioctl.Value:x8}",
        ApiConstant constant => constant.Value,
        ApiEnumMember member => member.Value,
        ApiEnum item => Count.Of(item.Members.Length, "member"),
        ApiFunction function => FunctionText.Declaration(function),
        ApiSkipped macro => macro.Reason,
        _ => "",
    };
}
