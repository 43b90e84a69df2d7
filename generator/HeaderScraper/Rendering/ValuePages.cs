using System.Globalization;
using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Browse;

namespace KvmInterop.HeaderScraper.Rendering;

/// <summary>Constants, enums and macros without a value.</summary>
internal static class ValuePages
{
    public static void Write(Page page, string where, ApiConstant constant)
    {
        page.Title(constant.Name, $"constant, {where}, {constant.Header}");
        page.Row("value", Number(constant.Value));
        page.Row("type", constant.Type);
    }

    public static void Write(Page page, string where, ApiEnumMember member, ApiEnum item)
    {
        string name = item.Name.Length == 0 ? "an enum without a name" : $"enum {item.Name}";
        page.Title(member.Name, $"member of {name}, {where}, {item.Header}");
        page.Row("value", Number(member.Value));
        page.Row("type", item.Type);
    }

    public static void Write(Page page, string where, ApiEnum item)
    {
        page.Title($"enum {item.Name}", $"{where}, {item.Header}");
        page.Row("type", item.Type);
        int width = item.Members.Select(member => member.Name.Length).DefaultIfEmpty().Max();
        foreach (ApiEnumMember member in item.Members)
        {
            page.Add([new StyledText("  ").Append(member.Name, Style.Name).PadTo(width + 2)
                .Append(" = ").Append(Number(member.Value))]);
        }
    }

    public static void Write(Page page, string where, ApiFunction function, int width)
    {
        page.Title(function.Name, $"function-like macro, {where}, {function.Header}");
        page.Row("as a function", FunctionText.Declaration(function));
        page.Paragraph("computes", FunctionText.Value(function), width);
    }

    public static void Write(Page page, string where, ApiSkipped macro)
    {
        string kind = SkippedMacro.IsFunction(macro) ? "function-like macro" : "macro without a value";
        page.Title(macro.Name, $"{kind}, {where}, {macro.Header}");
        page.Row("not bound", macro.Reason);
    }

    /// <summary>Decimal, and hexadecimal where it tells more.</summary>
    private static StyledText Number(string value)
    {
        StyledText text = new(value, Style.Number);
        return Int128.TryParse(value, CultureInfo.InvariantCulture, out Int128 number) && number > 9
            ? text.Append($" = 0x{number:x}")
            : text;
    }
}
