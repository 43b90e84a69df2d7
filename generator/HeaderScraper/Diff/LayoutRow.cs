using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Browse;

namespace KvmInterop.HeaderScraper.Diff;

/// <summary>A line of a record's layout, with a key by which the other form's same line is found.</summary>
/// <param name="Depth">How many records are around it, within the record.</param>
/// <param name="IsHole">Bytes that no member has.</param>
internal sealed record LayoutRow(string Key, int Depth, string Offset, string Size, string Text, bool IsHole)
{
    public static IReadOnlyList<LayoutRow> Of(ApiRecord record)
    {
        List<LayoutRow> rows = [];
        Add(rows, record, "", 0, 0);
        return rows;
    }

    private static void Add(List<LayoutRow> rows, ApiRecord record, string path, int depth, long start)
    {
        long end = 0;
        int unnamed = 0;
        foreach (ApiField field in record.Fields)
        {
            string key = $"{path}.{(field.Name.Length > 0 ? field.Name : $"#{unnamed++}")}";
            if (record.Kind == "struct")
            {
                AddHole(rows, $"{key} hole", depth, start + end, start + field.BitOffset);
                end = Math.Max(end, field.BitOffset + (field.IsBitField ? field.BitWidth : field.Size * 8));
            }

            long place = start + field.BitOffset;
            string offset = field.IsBitField ? $"{place / 8}:{place % 8}" : $"{place / 8}";
            rows.Add(new LayoutRow(
                key, depth, offset, $"{field.Size}",
                field.C.Replace("{ ... }", "", StringComparison.Ordinal), false));
            if (field.Type.Inline is { } inline)
            {
                Add(rows, inline, key, depth + 1, place);
            }
        }

        if (record.Kind == "struct")
        {
            AddHole(rows, $"{path} padding", depth, start + end, start + (record.Size * 8));
        }
    }

    private static void AddHole(List<LayoutRow> rows, string key, int depth, long from, long to)
    {
        if (to > from)
        {
            string offset = from % 8 == 0 ? $"{from / 8}" : $"{from / 8}:{from % 8}";
            rows.Add(new LayoutRow(key, depth, offset, "", $"{Count.Bits(to - from)} unused", true));
        }
    }
}
