using System.Text;
using KvmInterop.ApiModel;

namespace KvmInterop.Tests.Scraper;

/// <summary>Parts of a model as lines that a test can show beside the C text.</summary>
internal static class Described
{
    /// <summary>The record's size and alignment, then a line per member: C text, type, offset,
    /// size.</summary>
    public static string Record(this ApiDocument document, string name) =>
        Describe(document.Records.Single(record => record.Name == name), 0);

    public static string Constant(this ApiDocument document, string name) =>
        document.Constants.SingleOrDefault(constant => constant.Name == name) is { } constant
            ? $"{constant.Type} {constant.Value}"
            : $"skipped: {document.Skipped.Single(skipped => skipped.Name == name).Reason}";

    public static string Function(this ApiDocument document, string name) =>
        document.Functions.SingleOrDefault(function => function.Name == name) is { } function
            ? $"{FunctionText.Declaration(function)} = {ExpressionText.Format(function.Value)}"
            : $"skipped: {document.Skipped.Single(skipped => skipped.Name == name).Reason}";

    public static string Enum(this ApiDocument document, string name)
    {
        ApiEnum item = document.Enums.Single(item => item.Name == name);
        IEnumerable<string> members = item.Members.Select(member => $"{member.Name} {member.Value}");
        return $"{item.Type}: {string.Join(", ", members)}";
    }

    private static string Describe(ApiRecord record, int depth)
    {
        string indent = new(' ', depth * 2);
        StringBuilder text = new($"{record.Kind} size {record.Size} align {record.Align}");
        foreach (ApiField field in record.Fields)
        {
            string place = field.IsBitField
                ? $"@{field.Offset}.{field.BitOffset % 8}:{field.BitWidth}"
                : $"@{field.Offset}";
            text.Append($"\n{indent}  {field.C} | {TypeText.Format(field.Type)} {place} size {field.Size}");
            if (field.Type.Inline is { } inner)
            {
                text.Append($"\n{indent}    {Describe(inner, depth + 2)}");
            }
        }

        return text.ToString();
    }
}
