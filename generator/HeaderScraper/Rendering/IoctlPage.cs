using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Browse;

namespace KvmInterop.HeaderScraper.Rendering;

/// <summary>A request number taken apart, and what is known of the ioctl that it is.</summary>
internal static class IoctlPage
{
    public static void Write(Page page, ApiDocument document, string where, ApiIoctl ioctl, int width)
    {
        page.Title(ioctl.Name, $"ioctl, {where}, {ioctl.Header}");
        WriteNumber(page, RequestNumber.Of(ioctl.Value, document.Architecture));
        WriteMeaning(page, ioctl, width);
    }

    public static void WriteNumber(Page page, RequestNumber request)
    {
        string binary = Convert.ToString(request.DirectionCode, 2).PadLeft(request.DirectionBits, '0');
        StyledText number = new(request.Hex, Style.Number);
        page.Row("number", number.Append($" = {request.Value}{Signed(request.Value)}"));
        page.Row(
            "  direction",
            Bits(31, request.DirectionShift, $"0b{binary}", request.Direction ?? "no direction"));
        page.Row("  size", Bits(request.DirectionShift - 1, 16, $"{request.Size}", "bytes"));
        page.Row("  type", Bits(15, 8, $"0x{request.Type:x2}", request.IsKvm ? "KVMIO" : "not KVM's 0xae"));
        page.Row("  nr", Bits(7, 0, $"0x{request.Number:x2}", ""));
    }

    public static void WriteMeaning(Page page, ApiIoctl ioctl, int width)
    {
        page.Row("macro", ioctl.C);
        if (Knowledge.Of(ioctl.Name) is not { } row)
        {
            page.Row("argument", ioctl.Argument is { } type ? TypeText.Format(type) : "unknown");
            page.Row("", "more is not known: headers/ioctls.json has no row for it");
            return;
        }

        page.Row("called on", Knowledge.Files(row));
        page.Row("argument", Knowledge.Argument(row, ioctl));
        page.Row("returns", $"{Knowledge.Result(row)}; -1 and errno on an error");
        page.Row("capability", row.Capabilities.Length == 0
            ? "none, every kernel with KVM has it"
            : string.Join(" or ", row.Capabilities));
        page.Row("architectures", string.Join(", ", row.Architectures));
        page.Paragraph("what it does", row.Summary, width);
        if (row.Section.Length > 0)
        {
            page.Row("documented", $"Documentation/virt/kvm/api.rst, section {row.Section}");
        }
    }

    private static StyledText Bits(int high, int low, string value, string meaning) =>
        new StyledText(value, Style.Number).PadTo(8).Append(meaning).PadTo(26)
            .Append($"bits {high}..{low}", Style.Dim);

    // An int of C: what tools print that do not know that a request is unsigned.
    private static string Signed(uint value) =>
        value > int.MaxValue ? $" = {unchecked((int)value)} as an int" : "";
}
