using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Browse;

namespace KvmInterop.HeaderScraper.Rendering;

/// <summary>What <c>show</c> says of a record, or of one of its members.</summary>
internal static class RecordPage
{
    public static void Write(Page page, Catalog catalog, string where, ApiRecord record, int width)
    {
        page.Title($"{record.Kind} {record.Name}", $"{where}, {record.Header}");
        page.Add([new StyledText(" offset  size", Style.Dim)]);
        page.Add(RecordDrawing.Of(record, width));
        page.Row("size", $"{record.Size} bytes, aligned to {record.Align}{Waste(record)}");
        string[] users =
            [.. catalog.Document.Ioctls.Where(ioctl => Uses(ioctl, record)).Select(ioctl => ioctl.Name)];
        if (users.Length > 0)
        {
            page.Paragraph("argument of", string.Join(", ", users), width);
        }

        string[] holders =
            [.. catalog.Document.Records.Where(other => Holds(other, record)).Select(other => other.Name)];
        if (holders.Length > 0)
        {
            page.Paragraph("part of", string.Join(", ", holders), width);
        }
    }

    public static void Write(Page page, string where, ApiRecord record, RecordMember member, int width)
    {
        ApiField field = member.Field;
        page.Title($"{record.Name}.{member.Path}", $"{where}, {record.Header}");
        page.Add([new StyledText(" offset  size", Style.Dim)]);
        // A member by itself is drawn as the only arm of a union.
        ApiRecord drawn = field.Type.Inline ?? new ApiRecord(
            "", "union", field.Size, 1, "",
            new EquatableArray<ApiField>([field with { BitOffset = member.BitOffset % 8 }]));
        page.Add(RecordDrawing.Of(drawn, width, member.BitOffset / 8, record));
        page.Row("declared", field.C);
        page.Row("at", field.IsBitField
            ? $"byte {member.BitOffset / 8}, bit {member.BitOffset % 8}, {field.BitWidth} bits wide"
            : $"byte {member.BitOffset / 8} of {record.Size}, {field.Size} bytes");
    }

    private static bool Uses(ApiIoctl ioctl, ApiRecord record) =>
        ioctl.Argument?.Name == $"{record.Kind} {record.Name}"
        || Knowledge.Of(ioctl.Name)?.ArgumentType == $"{record.Kind} {record.Name}";

    private static bool Holds(ApiRecord other, ApiRecord record) =>
        RecordMember.Of(other).Any(member => member.Field.Type.Name == $"{record.Kind} {record.Name}");

    private static string Waste(ApiRecord record)
    {
        if (record.Kind != "struct")
        {
            return "";
        }

        long end = 0;
        long holes = 0;
        foreach (ApiField field in record.Fields)
        {
            holes += Math.Max(0, field.BitOffset - end);
            end = Math.Max(end, field.BitOffset + (field.IsBitField ? field.BitWidth : field.Size * 8));
        }

        long padding = (record.Size * 8) - end;
        return (holes > 0 ? $"; {Count.Bits(holes)} in holes" : "")
            + (padding > 0 ? $"; {Count.Bits(padding)} of padding at the end" : "");
    }
}
