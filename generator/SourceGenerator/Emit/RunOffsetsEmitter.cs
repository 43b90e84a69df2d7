using KvmInterop.Generator.Plan;
using KvmInterop.Generator.Text;

namespace KvmInterop.Generator.Emit;

/// <summary>Writes where the members of <c>kvm_run</c> are on the machine that runs.</summary>
internal static class RunOffsetsEmitter
{
    public static void Emit(CodeWriter writer, RunOffsetsPart part)
    {
        PartEmitter.Open(writer, part.Namespace, Choice.Using);
        XmlDoc.Element(
            writer, "summary",
            "Where the members of <c>struct kvm_run</c> are on this machine, in bytes. The record differs on "
            + "every architecture; code for all of them reads what it needs through these.");
        using (writer.OpenBlock("public static class KvmRunOffsets"))
        {
            foreach (RunOffset offset in part.Offsets)
            {
                Emit(writer, offset);
            }
        }
    }

    private static void Emit(CodeWriter writer, RunOffset offset)
    {
        string absent = offset.Everywhere ? "" : "; -1 where it does not exist";
        writer.Separate();
        XmlDoc.Element(writer, "summary", $"Offset of {XmlDoc.Code(offset.C)}{absent}.");
        PartEmitter.Only(writer, offset.Architectures);
        if (offset.Everywhere)
        {
            writer.WriteLine($"public static int {offset.Name} => {offset.Offsets[0].Offset};");
            return;
        }

        Choice.Write(
            writer, $"public static int {offset.Name}",
            offset.Offsets.Select(on => (on.Architectures, RecordEmitter.Number(on.Offset))), "-1");
    }
}
