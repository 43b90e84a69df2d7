using KvmInterop.Generator.Plan;
using KvmInterop.Generator.Text;

namespace KvmInterop.Generator.Emit;

/// <summary>Writes the members of a record.</summary>
internal static class MemberEmitter
{
    public static void Emit(CodeWriter writer, MemberPlan member)
    {
        if (member.Form == MemberForm.Behind)
        {
            return;
        }

        writer.Separate();
        XmlDoc.Element(writer, "summary", Summary(member));
        switch (member.Form)
        {
            case MemberForm.Field:
                string context = member.Type == "void*" ? "unsafe " : "";
                writer.WriteLine($"[FieldOffset({member.BitOffset / 8})]");
                writer.WriteLine($"public {context}{member.Type} {member.Name};");
                break;
            case MemberForm.Array:
                writer.WriteLine($"[FieldOffset({member.BitOffset / 8})]");
                writer.WriteLine($"public {member.ArrayType} {member.Name};");
                break;
            case MemberForm.Bits:
                WriteBits(writer, member);
                break;
            default:
                writer.WriteLine($"public readonly {member.Type} {member.Name} => default;");
                break;
        }
    }

    /// <summary>
    /// C#'s fixed array: it has an indexer and turns into a span, but has to be a type of its own.
    /// </summary>
    public static void EmitArrayType(CodeWriter writer, MemberPlan member)
    {
        writer.Separate();
        string length = RecordEmitter.Number(member.Length);
        string name = XmlDoc.Code(member.Name);
        XmlDoc.Element(writer, "summary", $"The {length} elements of {name}, which turn into a span.");
        writer.WriteLine($"[InlineArray({member.Length})]");
        using (writer.OpenBlock($"public struct {member.ArrayType}"))
        {
            writer.WriteLine($"private {member.Type} _element0;");
        }
    }

    private static string Summary(MemberPlan member)
    {
        string c = XmlDoc.Code(member.C);
        string offset = RecordEmitter.Number(member.BitOffset / 8);
        string bytes = member.Size == 1 ? "1 byte" : RecordEmitter.Number(member.Size) + " bytes";
        string width = RecordEmitter.Number(member.BitWidth);
        string bits = member.BitWidth == 1 ? "1 bit at" : width + " bits from";
        return member.Form switch
        {
            MemberForm.Bits =>
                $"{c}: {bits} bit {RecordEmitter.Number(member.BitOffset % 8)} "
                + $"of byte {offset}, counted from the {FirstBit(member.Order)}.",
            MemberForm.Empty => $"{c} at offset {offset}, without any bytes.",
            _ when member.Dimensions > 1 => $"{c} at offset {offset}, {bytes}; all dimensions in one.",
            _ => $"{c} at offset {offset}, {bytes}.",
        };
    }

    private static string FirstBit(BitOrder order) => order switch
    {
        BitOrder.LeastSignificantFirst => "least significant",
        BitOrder.MostSignificantFirst => "most significant",
        _ => "first of the machine that runs",
    };

    private static void WriteBits(CodeWriter writer, MemberPlan member)
    {
        string order = member.Order switch
        {
            BitOrder.LeastSignificantFirst => "mostFirst: false",
            BitOrder.MostSignificantFirst => "mostFirst: true",
            _ => "mostFirst: !BitConverter.IsLittleEndian",
        };
        string offset = RecordEmitter.Number(member.BitOffset);
        string where = $"{offset}, {RecordEmitter.Number(member.BitWidth)}, {order}";
        string read = member.IsSigned ? "ReadSigned" : "Read";
        using (writer.OpenBlock($"public {member.Type} {member.Name}"))
        {
            writer.WriteLine($"readonly get => unchecked(({member.Type})KvmBits.{read}(in this, {where}));");
            writer.WriteLine($"set => KvmBits.Write(ref this, {where}, unchecked((ulong)value));");
        }
    }
}
