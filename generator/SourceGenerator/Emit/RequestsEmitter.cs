using KvmInterop.Generator.Plan;
using KvmInterop.Generator.Text;

namespace KvmInterop.Generator.Emit;

/// <summary>Writes the choice between request numbers that differ by architecture.</summary>
internal static class RequestsEmitter
{
    public static void Emit(CodeWriter writer, RequestsPart part)
    {
        PartEmitter.Open(writer, part.Namespace);
        XmlDoc.Element(
            writer, "summary",
            "The requests whose number depends on the machine. 0, which is no request, where there is none.");
        using (writer.OpenBlock("internal static class KvmRequests"))
        {
            foreach (RequestPlan request in part.Requests)
            {
                writer.Separate();
                writer.WriteLine($"public static uint {request.Macro} => KvmHost.Architecture switch");
                writer.WriteLine("{");
                using (writer.Deeper())
                {
                    foreach (ArchitectureGroup group in request.Groups)
                    {
                        ArchitectureSet first = group.Architectures.Each().First();
                        string number = $"{first}.KvmApi{first}.{request.Macro}";
                        Choice.Write(writer, group.Architectures, number);
                    }

                    writer.WriteLine("_ => 0,");
                }

                writer.WriteLine("};");
            }
        }
    }
}

/// <summary>Writes the arms of a switch by architecture.</summary>
internal static class Choice
{
    public static void Write(CodeWriter writer, ArchitectureSet architectures, string value)
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
