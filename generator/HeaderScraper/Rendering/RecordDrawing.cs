using KvmInterop.ApiModel;

namespace KvmInterop.HeaderScraper.Rendering;

/// <summary>
/// A record as pahole draws it: a line for each member with its offset and size, holes named, and the arms of
/// a union side by side as far as the width goes.
/// </summary>
internal sealed class RecordDrawing
{
    private const int Indent = 2;

    /// <summary>Offsets and sizes have at least this much room, so that small records look alike.</summary>
    private const int LeastDigits = 3;

    private readonly int digits;

    private RecordDrawing(ApiRecord record)
    {
        digits = Math.Max(LeastDigits, $"{record.Size}".Length);
    }

    /// <summary>Width of what stands before a member's declaration.</summary>
    private int Columns => digits + 3 + digits + 2;

    /// <param name="start">What the offsets begin at: where the record lies in one that holds it.</param>
    /// <param name="outer">The record that offsets are counted in, if it is another.</param>
    public static IReadOnlyList<StyledText> Of(
        ApiRecord record, int width, long start = 0, ApiRecord? outer = null)
    {
        RecordDrawing drawing = new(outer ?? record);
        return drawing.Body(record, start * 8, width);
    }

    private List<StyledText> Body(ApiRecord record, long start, int width) =>
        record.Kind == "union" ? Union(record, start, width) : Struct(record, start, width);

    private List<StyledText> Struct(ApiRecord record, long start, int width)
    {
        List<StyledText> lines = [];
        long end = 0;
        foreach (ApiField field in record.Fields)
        {
            AddHole(lines, start, end, field.BitOffset, "hole");
            end = Math.Max(end, field.BitOffset + Bits(field));
            Add(lines, field, start + field.BitOffset, width);
        }

        AddHole(lines, start, end, record.Size * 8, "padding");
        return lines;
    }

    private void Add(List<StyledText> lines, ApiField field, long place, int width)
    {
        if (field.Type.Inline is not { } inline)
        {
            lines.Add(Row(field, place));
            return;
        }

        lines.Add(Place(place / 8, field.Size, Style.Number).Append($"{inline.Kind} {{", Style.Dim));
        lines.AddRange(inline.Kind == "union"
            ? Inset(Union(inline, place, width - Columns - Indent), Columns)
            : Inset(Struct(inline, place, width - Indent), Indent));
        lines.Add(StyledText.Empty.PadTo(Columns).Append("} ", Style.Dim).Append(Named(field), Style.Name));
    }

    /// <summary>Arms in rows: as many in one as fit.</summary>
    private List<StyledText> Union(ApiRecord union, long start, int width)
    {
        List<List<StyledText>> row = [];
        List<StyledText> lines = [];
        foreach (ApiField field in union.Fields)
        {
            List<StyledText> arm = Arm(field, start + field.BitOffset, width);
            if (row.Count > 0 && SideBySide.WidthOf([.. row, arm]) > width)
            {
                SideBySide.Write(row, lines);
                row.Clear();
            }

            row.Add(arm);
        }

        SideBySide.Write(row, lines);
        return lines;
    }

    private List<StyledText> Arm(ApiField field, long place, int width)
    {
        if (field.Type.Inline is not { } inline)
        {
            return [Row(field, place)];
        }

        StyledText title = Place(place / 8, field.Size, Style.Number);
        title.Append(inline.Kind + (field.Name.Length > 0 ? " " : ""), Style.Dim);
        title.Append(Named(field), Style.Name);
        return [title, .. Inset(Body(inline, place, width - Indent), Indent)];
    }

    private StyledText Row(ApiField field, long place)
    {
        string offset = field.IsBitField ? $"{place / 8}:{place % 8}" : $"{place / 8}";
        StyledText row = Place(offset, field.Size, Style.Number);
        int name = field.Name.Length == 0 ? -1 : field.C.LastIndexOf(field.Name, StringComparison.Ordinal);
        return name < 0
            ? row.Append(field.C)
            : row.Append(field.C[..name])
                .Append(field.Name, Style.Name)
                .Append(field.C[(name + field.Name.Length)..]);
    }

    private void AddHole(List<StyledText> lines, long start, long from, long to, string what)
    {
        long bits = to - from;
        if (bits <= 0)
        {
            return;
        }

        bool whole = from % 8 == 0 && bits % 8 == 0;
        string offset = whole ? $"{(start + from) / 8}" : $"{(start + from) / 8}:{(start + from) % 8}";
        StyledText line = whole ? Place(offset, bits / 8, Style.Dim) : Place(offset, null, Style.Dim);
        lines.Add(line.Append(whole ? $"-- {what} --" : $"-- {what}, {bits} bits --", Style.Warn));
    }

    private StyledText Place(long offset, long size, Style style) => Place($"{offset}", size, style);

    private StyledText Place(string offset, long? size, Style style) => new(
        $"{offset.PadLeft(digits + 2)} {(size is null ? "" : $"{size}").PadLeft(digits)}  ", style);

    private static IEnumerable<StyledText> Inset(IEnumerable<StyledText> lines, int columns) =>
        lines.Select(line => StyledText.Empty.PadTo(columns).Append(line));

    private static string Named(ApiField field) =>
        field.Name + string.Concat(field.Type.Dims.Select(length => length < 0 ? "[]" : $"[{length}]"));

    private static long Bits(ApiField field) => field.IsBitField ? field.BitWidth : field.Size * 8;
}
