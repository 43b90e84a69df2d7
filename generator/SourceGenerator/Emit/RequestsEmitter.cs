using KvmInterop.Generator.Plan;
using KvmInterop.Generator.Text;

namespace KvmInterop.Generator.Emit;

/// <summary>Writes the choice between request numbers that differ by architecture.</summary>
internal static class RequestsEmitter
{
    public static void Emit(CodeWriter writer, RequestsPart part)
    {
        PartEmitter.Open(writer, part.Namespace, Choice.Using);
        XmlDoc.Element(
            writer, "summary",
            "The requests whose number depends on the machine. 0, which is no request, where there is none.");
        using (writer.OpenBlock("internal static class KvmRequests"))
        {
            foreach (RequestPlan request in part.Requests)
            {
                writer.Separate();
                Choice.Write(
                    writer, $"public static uint {request.Macro}",
                    request.Groups.Select(group => (group.Architectures, Of(group, request))), "0");
            }
        }
    }

    private static string Of(ArchitectureGroup group, RequestPlan request)
    {
        ArchitectureSet first = group.Architectures.Each().First();
        return $"{first}.KvmApi{first}.{request.Macro}";
    }
}

/// <summary>Writes a property whose value depends on the process's architecture.</summary>
internal static class Choice
{
    /// <summary>What the file needs for it.</summary>
    public const string Using = "System.Runtime.CompilerServices";

    /// <remarks>
    /// Inlined everywhere: it is then a number, and else a call of a method that the compiler thinks large.
    /// </remarks>
    public static void Write(
        CodeWriter writer, string property, IEnumerable<(ArchitectureSet On, string Value)> values, string absent)
    {
        using (writer.OpenBlock(property))
        {
            writer.WriteLine("[MethodImpl(MethodImplOptions.AggressiveInlining)]");
            writer.WriteLine("get => KvmHost.Architecture switch");
            writer.WriteLine("{");
            using (writer.Deeper())
            {
                foreach ((ArchitectureSet on, string value) in values)
                {
                    WriteArm(writer, on, value);
                }

                writer.WriteLine($"_ => {absent},");
            }

            writer.WriteLine("};");
        }
    }

    /// <summary>One arm of a switch by architecture.</summary>
    public static void WriteArm(CodeWriter writer, ArchitectureSet architectures, string value)
    {
        string[] all = [.. architectures.Each().Select(one => "KvmArchitecture." + one)];
        for (int i = 0; i < all.Length; i += 3)
        {
            string some = string.Join(" or ", all.Skip(i).Take(3));
            writer.Write(i == 0 ? "" : "    or ").Write(some);
            writer.WriteLine(i + 3 < all.Length ? "" : $" => {value},");
        }
    }
}
