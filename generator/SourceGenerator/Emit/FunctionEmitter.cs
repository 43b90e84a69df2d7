using KvmInterop.Generator.Plan;
using KvmInterop.Generator.Text;

namespace KvmInterop.Generator.Emit;

/// <summary>Writes the methods for function-like macros.</summary>
internal static class FunctionEmitter
{
    private const int Width = 100;

    public static void Emit(CodeWriter writer, FunctionsPart part)
    {
        // A macro may well compare its parameter with itself.
        writer.WriteLine("#pragma warning disable CS1718");
        writer.Separate();
        PartEmitter.Open(writer, part.Namespace, "System.Numerics");
        using (writer.OpenBlock($"public static partial class {part.Class}"))
        {
            foreach (FunctionPlan function in part.Functions)
            {
                writer.Separate();
                XmlDoc.Element(writer, "summary", function.Doc);
                if (function.Remarks.Length > 0)
                {
                    XmlDoc.Element(writer, "remarks", function.Remarks);
                }

                PartEmitter.Only(writer, function.Architectures);
                string parameters = string.Join(", ", function.Parameters);
                writer.WriteLine($"public static {function.Type} {function.Name}({parameters}) =>");
                using (writer.Deeper())
                {
                    // Whatever the project says of overflow, C's unsigned numbers wrap.
                    Wrap(writer, $"unchecked({function.Body});");
                }
            }
        }
    }

    /// <summary>Breaks a long expression before an operator.</summary>
    private static void Wrap(CodeWriter writer, string text)
    {
        string[] words = text.Split(' ');
        int column = 0;
        foreach (string word in words)
        {
            bool breaks = word is "|" or "?" or ":" && column > Width - 40;
            if (column > 0)
            {
                writer.Write(breaks ? "\n    " : " ");
                column = breaks ? 0 : column + 1;
            }

            writer.Write(word);
            column += word.Length;
        }

        writer.WriteLine("");
    }

    public static void Emit(CodeWriter writer, MembersPart part)
    {
        PartEmitter.Open(writer, part.Namespace);
        XmlDoc.Element(
            writer, "summary",
            $"The members of {XmlDoc.Code(part.C)}, for the macros that ask for the offset of one.");
        PartEmitter.Only(writer, part.Architectures);
        using (writer.OpenBlock($"public static class {Identifier.OfType(part.Name)}"))
        {
            Members(writer, part, part.Groups[0], "public static");
            foreach (MemberGroup group in part.Groups.Skip(1))
            {
                writer.Separate();
                XmlDoc.Element(
                    writer, "summary", $"The members of {XmlDoc.Code(group.C)} in {XmlDoc.Code(part.C)}.");
                using (writer.OpenBlock($"public readonly struct {group.Name}"))
                {
                    Members(writer, part, group, "public");
                    writer.Separate();
                    XmlDoc.Element(writer, "summary", "The whole of it, as a member.");
                    string member = $"KvmMember<{part.Record}>";
                    writer.WriteLine(
                        $"public static implicit operator {member}({group.Name} whole) => new({group.Offset});");
                }
            }
        }
    }

    private static void Members(CodeWriter writer, MembersPart part, MemberGroup group, string modifiers)
    {
        foreach (DesignatorPlan member in group.Members)
        {
            bool nested = member.Arguments.Length == 0;
            string type = nested ? member.Type : $"{member.Type}<{part.Record}>";
            string value = nested ? "default" : $"new({member.Arguments})";
            writer.Separate();
            XmlDoc.Element(writer, "summary", XmlDoc.Code(member.C));
            writer.WriteLine($"{modifiers} {type} {member.Name} => {value};");
        }
    }
}
