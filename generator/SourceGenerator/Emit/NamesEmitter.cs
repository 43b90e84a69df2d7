using KvmInterop.Generator.Plan;
using KvmInterop.Generator.Text;

namespace KvmInterop.Generator.Emit;

/// <summary>Writes the look-up from numbers to C's names.</summary>
internal static class NamesEmitter
{
    public static void Emit(CodeWriter writer, NamesPart part)
    {
        PartEmitter.Open(writer, part.Namespace);
        XmlDoc.Element(writer, "summary", "C's names of KVM's numbers, for messages.");
        using (writer.OpenBlock("public static class KvmNames"))
        {
            WriteLookup(writer, "ExitReason", "uint", "reason", "KvmExitReason", part.ExitReasons);
            WriteLookup(writer, "Capability", "int", "capability", "KvmCapability", part.Capabilities);
            WriteIoctl(writer, part);
            WriteNeeds(writer, part.Needs);
        }
    }

    private static void WriteNeeds(CodeWriter writer, IEnumerable<IoctlNeed> needs)
    {
        writer.Separate();
        XmlDoc.Element(
            writer, "summary",
            "The capabilities of an ioctl, joined by \"or\": any of them says that the kernel has it. Null "
            + "for an ioctl that is always there, or not known here.");
        XmlDoc.Element(writer, "param", "The ioctl's macro.", " name=\"ioctl\"");
        writer.WriteLine("public static string? CapabilitiesOf(string ioctl) => ioctl switch");
        writer.WriteLine("{");
        using (writer.Deeper())
        {
            foreach (IoctlNeed need in needs)
            {
                writer.WriteLine(
                    $"{Literal.Of("string", need.Ioctl)} => "
                    + $"{Literal.Of("string", string.Join(" or ", need.Capabilities))},");
            }

            writer.WriteLine("_ => null,");
        }

        writer.WriteLine("};");
    }

    private static void WriteLookup(
        CodeWriter writer, string method, string type, string parameter, string names,
        IEnumerable<string> members)
    {
        writer.Separate();
        XmlDoc.Element(
            writer, "summary",
            $"The name that <see cref=\"{names}\"/> has for a number; null if it has none.");
        XmlDoc.Element(writer, "param", "The number.", $" name=\"{parameter}\"");
        writer.WriteLine(
            $"public static string? {method}({type} {parameter}) => ({names}){parameter} switch");
        writer.WriteLine("{");
        using (writer.Deeper())
        {
            foreach (string member in members)
            {
                writer.WriteLine($"{names}.{member} => {Literal.Of("string", member.TrimStart('@'))},");
            }

            writer.WriteLine("_ => null,");
        }

        writer.WriteLine("};");
    }

    private static void WriteIoctl(CodeWriter writer, NamesPart part)
    {
        string[] kinds = [.. part.Requests.Select(table => table.Kind).Distinct()];
        writer.Separate();
        XmlDoc.Element(
            writer, "summary",
            "The macro of a request on this machine; null if it has none. Some numbers mean another thing on "
            + "another kind of file, and on another architecture.");
        XmlDoc.Element(writer, "param", "The request number.", " name=\"request\"");
        XmlDoc.Element(writer, "param", "The kind of file that it was made to.", " name=\"kind\"");
        writer.WriteLine("public static string? Ioctl(uint request, KvmFdKind kind) => kind switch");
        writer.WriteLine("{");
        using (writer.Deeper())
        {
            foreach (string kind in kinds)
            {
                writer.WriteLine($"KvmFdKind.{kind} => {kind}Request(request),");
            }

            writer.WriteLine("_ => null,");
        }

        writer.WriteLine("};");
        foreach (string kind in kinds)
        {
            RequestNames[] tables = [.. part.Requests.Where(table => table.Kind == kind)];
            if (tables.Length > 1)
            {
                WriteChoice(writer, kind, tables);
            }

            foreach (RequestNames table in tables)
            {
                WriteTable(writer, TableName(table, tables.Length), table);
            }
        }
    }

    private static void WriteChoice(CodeWriter writer, string kind, RequestNames[] tables)
    {
        writer.Separate();
        writer.WriteLine(
            $"private static string? {kind}Request(uint request) => KvmHost.Architecture switch");
        writer.WriteLine("{");
        using (writer.Deeper())
        {
            foreach (RequestNames table in tables)
            {
                Choice.WriteArm(writer, table.Architectures, $"{TableName(table, tables.Length)}(request)");
            }

            writer.WriteLine("_ => null,");
        }

        writer.WriteLine("};");
    }

    private static string TableName(RequestNames table, int tables) =>
        table.Kind + "Request" + (tables > 1 ? "On" + table.Architectures.Each().First() : "");

    private static void WriteTable(CodeWriter writer, string name, RequestNames table)
    {
        writer.Separate();
        writer.WriteLine($"private static string? {name}(uint request) => request switch");
        writer.WriteLine("{");
        using (writer.Deeper())
        {
            foreach (RequestName request in table.Names)
            {
                writer.WriteLine($"{Literal.Hex(request.Value)} => {request.Name},");
            }

            writer.WriteLine("_ => null,");
        }

        writer.WriteLine("};");
    }
}
