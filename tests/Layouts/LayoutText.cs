using System.Text;
using KvmInterop.ApiModel;

namespace KvmInterop.Tests.Layouts;

/// <summary>A record as pahole draws it: C on the left, offset and size on the right, holes named.</summary>
internal sealed class LayoutText
{
    private const int Column = 60;
    private const int IndentWidth = 4;
    private readonly StringBuilder text = new();

    private LayoutText()
    {
    }

    public static string Of(ApiRecord record)
    {
        var layout = new LayoutText();
        layout.Line(0, $"{record.Kind} {record.Name} {{", "offset  size");
        layout.Members(record, 1, 0);
        layout.Line(0, "};", "");
        layout.Line(0, $"/* size {record.Size}, alignment {record.Align}, {record.Header} */", "");
        return layout.text.ToString();
    }

    private void Members(ApiRecord record, int indent, long baseOffset)
    {
        long endBits = 0;
        foreach (ApiField field in record.Fields)
        {
            if (record.Kind == "struct")
            {
                Hole(indent, endBits, field.BitOffset);
                endBits = field.BitOffset + (field.IsBitField ? field.BitWidth : field.Size * 8);
            }

            Member(field, indent, baseOffset + field.Offset);
        }

        if (record.Kind == "struct")
        {
            Hole(indent, endBits, record.Size * 8);
        }
    }

    private void Member(ApiField field, int indent, long offset)
    {
        if (field.Type.Inline is { } inline)
        {
            Line(indent, $"{inline.Kind} {{", "");
            Members(inline, indent + 1, offset);
            string name = field.Name + string.Concat(field.Type.Dims.Select(d => d < 0 ? "[]" : $"[{d}]"));
            Line(indent, name.Length > 0 ? $"}} {name};" : "};", Place(offset, field.Size));
        }
        else if (field.IsBitField)
        {
            Line(indent, field.C + ";", $"{Place(offset, field.Size)}  bit {field.BitOffset % 8}");
        }
        else
        {
            Line(indent, field.C + ";", Place(offset, field.Size));
        }
    }

    private void Hole(int indent, long fromBits, long toBits)
    {
        long bits = toBits - fromBits;
        if (bits > 0)
        {
            (long count, string unit) = bits % 8 == 0 ? (bits / 8, "byte") : (bits, "bit");
            Line(indent, $"/* {count} {unit}{(count == 1 ? "" : "s")} unused */", "");
        }
    }

    private static string Place(long offset, long size) => $"{offset,6}{size,6}";

    private void Line(int indent, string c, string place)
    {
        string left = new string(' ', indent * IndentWidth) + c;
        text.Append(place.Length == 0 ? left : left.PadRight(Column) + place).Append('\n');
    }
}
