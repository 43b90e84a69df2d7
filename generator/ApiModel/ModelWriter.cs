using System.Globalization;
using System.Text;

namespace KvmInterop.ApiModel;

/// <summary>Writes a model in its one canonical form: one member a line, so that a diff shows what
/// changed.</summary>
internal sealed partial class ModelWriter
{
    private readonly StringBuilder text = new();

    private ModelWriter()
    {
    }

    public static string Write(ApiDocument document)
    {
        ModelWriter writer = new();
        writer.WriteDocument(document);
        return writer.text.ToString();
    }

    private void WriteDocument(ApiDocument document)
    {
        text.Append("{\n  \"schema\": ").Append(Digits(ApiDocument.SchemaVersion));
        text.Append(",\n  \"architecture\": ");
        AppendString(document.Architecture);
        text.Append(",\n  \"linux\": ");
        AppendString(document.LinuxVersion);
        WriteList("records", document.Records, WriteRecord);
        WriteList("enums", document.Enums, WriteEnum);
        WriteList("constants", document.Constants, WriteConstant);
        WriteList("ioctls", document.Ioctls, WriteIoctl);
        WriteList("functions", document.Functions, WriteFunction);
        WriteList("skipped", document.Skipped, WriteSkipped);
        text.Append("\n}\n");
    }

    private void WriteList<T>(string name, EquatableArray<T> items, Action<T> write)
        where T : IEquatable<T>
    {
        text.Append(",\n  \"").Append(name).Append("\": ");
        WriteItems(items, write, "    ", "  ");
    }

    /// <summary>An array with a line for each element; <c>[]</c> for none.</summary>
    private void WriteItems<T>(EquatableArray<T> items, Action<T> write, string indent, string outerIndent)
        where T : IEquatable<T>
    {
        text.Append('[');
        for (int i = 0; i < items.Length; i++)
        {
            text.Append(i == 0 ? "\n" : ",\n").Append(indent);
            write(items[i]);
        }

        if (items.Length > 0)
        {
            text.Append('\n').Append(outerIndent);
        }

        text.Append(']');
    }

    private void WriteEnum(ApiEnum item)
    {
        Open("name", item.Name).Member("type", item.Type).Member("header", item.Header);
        text.Append(", \"members\": ");
        WriteItems(item.Members, WriteEnumMember, "      ", "    ");
        text.Append('}');
    }

    private void WriteEnumMember(ApiEnumMember member) =>
        Open("name", member.Name).Number("value", member.Value).Close();

    private void WriteConstant(ApiConstant constant)
    {
        Open("name", constant.Name).Member("type", constant.Type);
        if (constant.Type == "string")
        {
            Member("value", constant.Value);
        }
        else
        {
            Number("value", constant.Value);
        }

        Member("header", constant.Header).Close();
    }

    private void WriteIoctl(ApiIoctl ioctl)
    {
        Open("name", ioctl.Name).Number("value", Digits(ioctl.Value)).Member("direction", ioctl.Direction);
        Number("nr", Digits(ioctl.Number)).Number("size", Digits(ioctl.Size));
        if (ioctl.Argument is { } argument)
        {
            Member("argument", TypeText.Format(argument));
        }

        Member("c", ioctl.C).Member("header", ioctl.Header).Close();
    }

    private void WriteSkipped(ApiSkipped skipped) =>
        Open("name", skipped.Name).Member("reason", skipped.Reason).Member("header", skipped.Header).Close();

    private static string Digits(long number) => number.ToString(CultureInfo.InvariantCulture);
}
