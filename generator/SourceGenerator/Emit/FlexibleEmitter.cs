using KvmInterop.Generator.Plan;
using KvmInterop.Generator.Text;

namespace KvmInterop.Generator.Emit;

/// <summary>Writes what <c>KvmBuffer</c> has to know of a record and the array behind it.</summary>
internal static class FlexibleEmitter
{
    public static void Emit(CodeWriter writer, string record, FlexiblePlan plan)
    {
        string self = $"IKvmFlexible<{record}, {plan.Entry}>";
        writer.Separate();
        writer.WriteLine($"static int {self}.EntriesOffset => {plan.Offset};");
        writer.Separate();
        using (writer.OpenBlock($"static bool {self}.TryGetCount(in {record} record, out ulong count)"))
        {
            writer.WriteLine($"count = {Count(plan)};");
            writer.WriteLine(plan.Count.Length == 0 ? "return false;" : "return true;");
        }

        writer.Separate();
        using (writer.OpenBlock($"static void {self}.SetCount(ref {record} record, int count)"))
        {
            if (plan.Count.Length > 0)
            {
                writer.WriteLine($"record.{plan.Count} = checked(({plan.CountType}){Value(plan)});");
            }
        }
    }

    private static string Count(FlexiblePlan plan)
    {
        string member = $"unchecked((ulong)record.{plan.Count})";
        return plan.Unit switch
        {
            "entries" => member,
            "bytes" => $"KvmCounts.OfBytes<{plan.Entry}>({member})",
            "total" => $"KvmCounts.OfTotal<{plan.Entry}>({member}, {RecordEmitter.Number(plan.Offset)})",
            _ => "0",
        };
    }

    private static string Value(FlexiblePlan plan) => plan.Unit switch
    {
        "bytes" => $"KvmCounts.BytesOf<{plan.Entry}>(count)",
        "total" => $"({RecordEmitter.Number(plan.Offset)} + KvmCounts.BytesOf<{plan.Entry}>(count))",
        _ => "count",
    };
}
