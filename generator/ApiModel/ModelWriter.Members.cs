using System.Globalization;

namespace KvmInterop.ApiModel;

/// <content>Records, and the pieces that every object is made of.</content>
internal sealed partial class ModelWriter
{
    private void WriteRecord(ApiRecord record)
    {
        Open("name", record.Name).Member("kind", record.Kind);
        Number("size", Digits(record.Size)).Number("align", Digits(record.Align));
        Member("header", record.Header);
        WriteFields(record, "      ", "    ");
    }

    private void WriteFields(ApiRecord record, string indent, string outerIndent)
    {
        text.Append(", \"fields\": ");
        WriteItems(record.Fields, field => WriteField(field, indent), indent, outerIndent);
        text.Append('}');
    }

    private void WriteField(ApiField field, string indent)
    {
        Open("name", field.Name).Member("c", field.C).Member("type", TypeText.Format(field.Type));
        Number("offset", Digits(field.Offset)).Number("size", Digits(field.Size));
        if (field.IsBitField)
        {
            Number("bit", Digits(field.BitOffset % 8)).Number("width", Digits(field.BitWidth));
        }

        if (field.Type.Inline is { } record)
        {
            // The record of a member starts on a line of its own, one step in, and its members one step
            // further.
            string inner = indent + "  ";
            text.Append(", \"record\":\n").Append(inner);
            Open("kind", record.Kind);
            Number("size", Digits(record.Size)).Number("align", Digits(record.Align));
            WriteFields(record, inner + "  ", inner);
        }

        Close();
    }

    private ModelWriter Open(string name, string value)
    {
        text.Append("{\"").Append(name).Append("\": ");
        AppendString(value);
        return this;
    }

    private ModelWriter Member(string name, string value)
    {
        text.Append(", \"").Append(name).Append("\": ");
        AppendString(value);
        return this;
    }

    private ModelWriter Number(string name, string digits)
    {
        text.Append(", \"").Append(name).Append("\": ").Append(digits);
        return this;
    }

    private void Close() => text.Append('}');

    private void AppendString(string value)
    {
        text.Append('"');
        foreach (char c in value)
        {
            switch (c)
            {
                case '"' or '\\':
                    text.Append('\\').Append(c);
                    break;
                case '\n':
                    text.Append("\\n");
                    break;
                case '\t':
                    text.Append("\\t");
                    break;
                case < ' ':
                    text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
                    break;
                default:
                    text.Append(c);
                    break;
            }
        }

        text.Append('"');
    }
}
