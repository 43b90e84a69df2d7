using KvmInterop.Generator.Plan;
using KvmInterop.Generator.Text;

namespace KvmInterop.Generator.Emit;

/// <summary>Writes constants, in a class or in an enum.</summary>
internal static class ConstantEmitter
{
    public static void Emit(CodeWriter writer, ConstantsPart part)
    {
        PartEmitter.Open(writer, part.Namespace);
        XmlDoc.Element(writer, "summary", part.Summary);
        using (writer.OpenBlock($"public static partial class {part.Class}"))
        {
            foreach (ConstantPlan constant in part.Constants)
            {
                writer.Separate();
                XmlDoc.Element(writer, "summary", constant.Doc);
                PartEmitter.Only(writer, constant.Architectures);
                writer.WriteLine($"public const {constant.Type} {constant.Name} = {constant.Value};");
            }
        }
    }

    public static void Emit(CodeWriter writer, EnumPart part)
    {
        PartEmitter.Open(writer, part.Namespace);
        XmlDoc.Element(writer, "summary", part.Summary);
        PartEmitter.Only(writer, part.Architectures);
        using (writer.OpenBlock($"public enum {Identifier.OfType(part.Name)} : {part.Type}"))
        {
            foreach (ConstantPlan member in part.Members)
            {
                writer.Separate();
                XmlDoc.Element(writer, "summary", member.Doc);
                PartEmitter.Only(writer, member.Architectures);
                writer.WriteLine($"{member.Name} = {member.Value},");
            }
        }
    }
}
