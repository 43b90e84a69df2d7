using KvmInterop.Generator.Plan;
using KvmInterop.Generator.Text;

namespace KvmInterop.Generator.Emit;

/// <summary>Writes a record: C's layout, byte for byte, with C's names.</summary>
internal static class RecordEmitter
{
    public static void Emit(CodeWriter writer, RecordPart record)
    {
        PartEmitter.Open(
            writer, record.Namespace,
            "System", "System.Runtime.CompilerServices", "System.Runtime.InteropServices");
        if (record.Name.All(c => c is >= 'a' and <= 'z'))
        {
            // C may name a type like that; that C# might one day want the word is no reason to rename it.
            writer.WriteLine("#pragma warning disable CS8981");
            writer.Separate();
        }

        WriteDocumentation(writer, record);
        PartEmitter.Only(writer, record.Architectures);

        // C# has no empty type: the record whose size is 0 in C has the least that there is.
        writer.Write($"[StructLayout(LayoutKind.Explicit, Size = {Math.Max(record.Size, 1)}");
        writer.Write(record.Pack > 0 ? ", Pack = " : "");
        writer.Write(record.Pack > 0 ? Number(record.Pack) : "");
        writer.WriteLine(")]");
        string name = Identifier.OfType(record.Name);
        string interfaces = record.Flexible is { } array ? $" : IKvmFlexible<{name}, {array.Entry}>" : "";
        using (writer.OpenBlock($"public partial struct {name}{interfaces}"))
        {
            foreach (MemberPlan member in record.Members)
            {
                MemberEmitter.Emit(writer, member);
            }

            if (record.Flexible is { } flexible)
            {
                FlexibleEmitter.Emit(writer, name, flexible);
            }

            foreach (MemberPlan member in record.Members.Where(member => member.Form == MemberForm.Array))
            {
                MemberEmitter.EmitArrayType(writer, member);
            }
        }
    }

    public static string Number(long value) =>
        value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static void WriteDocumentation(CodeWriter writer, RecordPart record)
    {
        string size = record.Size == 1 ? "1 byte" : Number(record.Size) + " bytes";
        string header = record.Header.Length == 0 ? "" : $" of {XmlDoc.Code(record.Header)}";
        string align = Number(record.Align);
        XmlDoc.Element(writer, "summary", $"{XmlDoc.Code(record.C)}{header}: {size}, aligned to {align}.");
        List<string> remarks = [];
        if (record.Size == 0)
        {
            remarks.Add(
                "It is empty in C, where its size is 0. No C# type is: this one has a byte without meaning.");
        }

        if (record.Flexible is { } flexible)
        {
            string count =
                flexible.Count.Length == 0 ? "" : $", as many as {XmlDoc.Code(flexible.Count)} tells";
            remarks.Add(
                $"{XmlDoc.Code(flexible.C)} follows it at offset {Number(flexible.Offset)}{count}: "
                + $"<see cref=\"KvmBuffer{{THeader, TEntry}}\"/> holds both.");
        }

        remarks.AddRange(record.Members
            .Where(member => member.Form == MemberForm.Behind)
            .Select(member =>
                $"{XmlDoc.Code(member.C)} begins at offset {Number(member.BitOffset / 8)} "
                + "and is no member here."));
        if (remarks.Count > 0)
        {
            XmlDoc.Element(writer, "remarks", string.Join("\n", remarks));
        }
    }
}
